-- minimum: 14
create function f(one record) returns text language plpgsql as $$
begin
  return one::text;
end
$$;
create function g() returns text language plpgsql as $$
declare
  one record;
begin
  select 1 as a, 2 as b into one;
  return f(one) || f(row(1, 2));
end
$$;
-- run
select g();

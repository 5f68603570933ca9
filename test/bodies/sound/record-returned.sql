create function f(n integer) returns record language plpgsql as $$
declare
  one record;
begin
  one := row(n, 'a'::text);
  return one;
end
$$;
create function g() returns text language plpgsql as $$
declare
  a integer;
  b text;
begin
  select x.a, x.b into a, b from f(1) as x (a integer, b text);
  return a || b;
end
$$;
-- run
select g();

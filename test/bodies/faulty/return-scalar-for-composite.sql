create type pair as (a integer, b integer);
create function f(a integer) returns pair language plpgsql as $$
begin
  return a; -- fault: cannot return non-composite value from function returning composite type
end
$$;
-- run
select f(1);

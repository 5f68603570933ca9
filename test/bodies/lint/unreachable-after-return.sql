create function f(n integer) returns integer language plpgsql as $$
begin
  return n;
  raise notice 'never'; -- warning: unreachable
end
$$;
-- run
select f(1);

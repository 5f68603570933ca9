create function f(n integer) returns integer language plpgsql as $$
declare
  n integer := 2; -- warning: shadowed-variable
begin
  return n;
end
$$;
-- run
select f(1);

create function f(n integer) returns integer language plpgsql as $$
declare
  used integer := 1;
  forgotten text; -- warning: unused-variable
begin
  return n + used;
end
$$;
-- run
select f(1);

create function f(n integer) returns integer language plpgsql as $$
declare
  a integer := 1;
  b integer := 2;
  a integer := 3; -- fault: duplicate declaration
begin
  return a + b + n;
end
$$;
-- run
select f(1);

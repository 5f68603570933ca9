create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  n := 'many'; -- fault: invalid input syntax for type integer: "many"
  return n;
end
$$;
-- run
select f();

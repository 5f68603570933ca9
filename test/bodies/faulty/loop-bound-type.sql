create function f() returns integer language plpgsql as $$
declare
  n integer := 0;
begin
  for i in 1..'ten' loop -- fault: invalid input syntax for type integer: "ten"
    n := n + i;
  end loop;
  return n;
end
$$;
-- run
select f();

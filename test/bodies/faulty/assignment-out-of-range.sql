create function f() returns smallint language plpgsql as $$
declare
  n smallint;
begin
  n := 40000; -- fault: smallint out of range
  return n;
end
$$;
-- run
select f();

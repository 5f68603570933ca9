create function f() returns integer language plpgsql as $$
declare
  c cursor (a integer) for select a;
  n integer;
begin
  open c (1, 2); -- fault: too many arguments for cursor "c"
  fetch c into n;
  return n;
end
$$;
-- run
select f();

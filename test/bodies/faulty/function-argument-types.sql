create function add(a integer, b integer) returns integer language sql as $$ select a + b $$;
create function f(a date) returns integer language plpgsql as $$
declare
  n integer;
begin
  n := add(a, 2); -- fault[add]: function add(date, integer) does not exist
  return n;
end
$$;
-- run
select f('2026-01-01');

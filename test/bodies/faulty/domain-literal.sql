create domain positive as integer check (value > 0);
create function f() returns positive language plpgsql as $$
declare
  n positive := 1;
begin
  n := -1; -- fault: value for domain positive violates check constraint
  return n;
end
$$;
-- run
select f();

create table account (id integer primary key, balance numeric);
create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  n := id, balance from account limit 1; -- fault: assignment source returned 2 columns
  return n;
end
$$;
-- run
select f();

create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  accounts cursor (least integer) for select id, name from account where id >= least;
  one record;
begin
  open accounts (lowest := 1); -- fault: cursor "accounts" has no argument named "lowest"
  fetch accounts into one;
  close accounts;
  return one.name;
end
$$;
-- run
select f();

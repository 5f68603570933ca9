create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  accounts cursor (least integer, most integer) for select id, name from account where id between least and most;
  one record;
begin
  open accounts (1); -- fault: not enough arguments for cursor "accounts"
  fetch accounts into one;
  close accounts;
  return one.name;
end
$$;
-- run
select f();

create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  accounts cursor (least integer) for
    select id, name
    from account
    where idd >= least; -- fault[idd]: column "idd" does not exist
  one record;
begin
  open accounts (1);
  fetch accounts into one;
  close accounts;
  return one.name;
end
$$;
-- run
select f();

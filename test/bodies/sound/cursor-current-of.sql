create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
declare
  accounts cursor for select * from account for update;
  one account;
begin
  for one in accounts loop
    update account set name = one.name || '!' where current of accounts;
  end loop;
  open accounts;
  fetch accounts into one;
  delete from account where current of accounts;
  close accounts;
end
$$;
insert into account values (1, 'a'), (2, 'b');
-- run
select f();

create table account (id integer primary key, account text);
create function f(account integer) returns text language plpgsql as $$
declare
  item text;
begin
  select a.account into item from account a where a.id = f.account;
  insert into account values (f.account, 'x');
  delete from account where id = f.account;
  return coalesce(item, account::text);
end
$$;
-- run
select f(1);

create table account (id integer primary key, name text);
create table history (account_id integer, at timestamptz default now());
create function f(who integer) returns text language sql as $$
  insert into history (account_id) values (who);
  delete from history
  where acount_id = who; -- fault[acount_id]: column "acount_id" does not exist
  select name from account where id = who;
$$;
-- run
select f(1);

create table account (id integer primary key, name text, balance numeric);
create function f(who integer) returns boolean language plpgsql as $$
declare
  a integer;
  b text;
begin
  select id into a from account where id = who;
  update account set (name, balance) = (select 'x', 1) where id = who;
  update account set (name, balance) = row ('y', 2) where (id, name) in (select id, name from account);
  select (x).name into b from (select account as x from account) s;
  return (a, b) is not distinct from (1, 'y') or row(a, b) = (select id, name from account limit 1) or exists (values (1))
    or a = all (array(select id from account)) or (select true);
end
$$;
-- run
select f(1);

create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  create temp table account (key text, amount numeric) on commit drop;
  insert into account (key, amount) values ('a', 1);
  select sum(amount) into n from account where key = 'a';
  return n;
end
$$;
-- run
select f();

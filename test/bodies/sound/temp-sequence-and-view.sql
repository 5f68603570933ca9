create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  create temp sequence if not exists numbers;
  create temp view shown as select id, name as called from account;
  n := nextval('numbers') + (select count(called) from shown);
  drop view shown;
  drop sequence numbers;
  return n;
end
$$;
-- run
select f();

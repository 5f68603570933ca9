create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  create temp table scratch on commit drop as select id, upper(name) as called from account;
  update scratch set called = lower(called);
  select count(*) into n from scratch where name = 'a'; -- fault[name]: column "name" does not exist
  return n;
end
$$;
-- run
select f();

create table account (id integer primary key, name text);
create function f() returns bigint language sql as $$
  create temp table if not exists scratch (id integer);
  select count(*) from account where nmae is null -- fault[nmae]: column "nmae" does not exist
$$;
-- run
select f();

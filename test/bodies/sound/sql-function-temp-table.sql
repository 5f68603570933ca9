create function f() returns void language sql as $$
  create temp table scratch (id integer) on commit drop;
$$;
create function g() returns integer language sql as $$
  create table if not exists kept (id integer);
  select 1;
$$;
-- run
select f();
select g();

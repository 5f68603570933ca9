-- minimum: 18
create function f() returns bigint language sql as $$
  create temp table scratch (id integer) on commit drop;
  insert into scratch values (1), (2);
  select count(*) from scratch;
$$;
-- run
select f();

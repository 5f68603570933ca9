create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  create temporary table scratch (id integer primary key, name text) on commit drop;
  insert into scratch (id, name) select g, 'n' || g from generate_series(1, 3) g;
  update scratch set name = upper(name) where id > 1;
  select count(*) into n from scratch where name like 'N%';
  drop table scratch;
  return n;
end
$$;
-- run
select f();
select f();

-- minimum: 18
-- miss: error at line 3 of function public.f(): relation "scratch" does not exist (compile)
create function f() returns bigint language sql as $$
  create temp table scratch (id integer) on commit drop;
  insert into scratch values (1), (2);
  select count(*) from scratch;
$$;
-- run
select f();

-- A column that is a variable has the variable's name.
create table account (id integer primary key, name text);
insert into account values (1, 'a');
create type pair as (x integer, y text);
create function f(a integer, b text, p pair, list integer[], extra jsonb default '{}') returns text language plpgsql as $$
declare
  one record;
  two record;
  three record;
  found_one account%rowtype;
begin
  for one in select a, b::text, id, p.x, list[1], extra, b collate "C" as d, case when a = 1 then 'x' else b end, (select a) from account loop
    raise notice '% % % % % %', one.a, one.b, one.id, one.x, one.list, one.extra;
  end loop;
  for one in select f.b::varchar(10)::text, $1, (a)::bigint, case when id = 1 then 'x' else f.b end as c from account loop
    raise notice '% % %', one.b, one.a, one.c;
  end loop;
  select a, q.b, one.c into two from (select b) q;
  select * into found_one from account where id in (select a) or id = any (select list[1]);
  insert into account (id, name) values (2, b) returning a, name, found_one.id into three;
  if exists (select q.a from (select a::bigint) q where q.a = 1 group by q.a) then
    found_one.name := two.a || two.b || two.c || three.a || three.id || coalesce((select q.b from (select b union select 'z') q order by b limit 1), '');
  end if;
  for one in select distinct b::varchar, a, id from account order by b::varchar, a, id loop
    raise notice '%', one.id;
  end loop;
  for one in select b::text, a::bigint, count(*) from account group by b::text, a::bigint order by b::text loop
    raise notice '% % %', one.b, one.a, one.count;
  end loop;
  raise notice '%', xmlforest(a, b);
  return (with w as (select a, b) select w.a || w.b from w);
end
$$;
-- run
select f(1, 'x', (1, 'y'), array[1]);

-- Temporary tables whose columns are known, or only seem to be.
create table account (id integer primary key, name text, born date);
insert into account values (1, 'a', '2000-01-01');
create type mood as enum ('sad', 'glad');
create function f(a integer, name_of text default 'a') returns text language plpgsql as $$
declare
  one record;
  n integer;
  said text;
begin
  create temp table "Mixed Case" (id serial primary key, "Is It" mood[] not null default '{glad}', amount numeric(10, 2), at timestamptz default now(), c varchar(3)) on commit drop;
  insert into "Mixed Case" (amount, c) values (1.5, 'abc') returning id into n;
  select array_to_string(m."Is It", ','), m.amount + 1, lower(c) into said, n from "Mixed Case" m where id = 1;
  select id, count(*), max(amount) into n from "Mixed Case" group by id;
  perform ctid, tableoid, xmin from "Mixed Case" for update;
  update "Mixed Case" set amount = amount + 1 where c is not null;
  create temporary table likely (like account including all, extra jsonb) on commit drop;
  insert into likely select *, '{}' from account;
  for one in select * from likely where extra is not null and born < now() loop
    said := said || one.name || one.extra::text || one.born;
  end loop;
  create temp table chosen (first, second) on commit drop as select id, f.name_of || born from account where id = f.a with data;
  create temp table further on commit drop as (with w as (select first as nth, second as "as", f.a from chosen) select * from w);
  select nth + further.a, further."as" into n, said from further join chosen on first = nth where second is not null;
  if not exists (select from chosen c where c.first = f.a) then
    delete from chosen where first = f.a;
  end if;
  with chosen as (select 1 as unlike) select unlike into n from chosen;
  delete from further using chosen where nth = first and chosen.ctid is not null;
  return said;
end
$$;
create function changed() returns integer language plpgsql as $$
begin
  create temp table scratch (id integer) on commit drop;
  alter table scratch add column name text;
  return (select count(name) from scratch);
end
$$;
create function changed_by_text() returns integer language plpgsql as $$
begin
  create temp table pivot (id integer) on commit drop;
  execute format('alter table %I add column name text', 'pivot');
  return (select count(name) from pivot);
end
$$;
create function widen() returns void language plpgsql as $$ begin alter table elsewhere add column name text; end $$;
create function changed_elsewhere() returns integer language plpgsql as $$
begin
  create temp table elsewhere (id integer) on commit drop;
  perform widen();
  return (select count(name) from elsewhere);
end
$$;
create table lasting (id integer, name text);
create function hides() returns integer language plpgsql as $$
begin
  if (select count(name) from lasting) > 0 then
    create temp table lasting (id integer) on commit drop;
  end if;
  return (select count(name) from lasting);
end
$$;
create function twice(a integer) returns integer language plpgsql as $$
begin
  if a = 1 then
    create temp table double (id integer) on commit drop;
  else
    create temp table double (id integer, name text) on commit drop;
    return (select count(name) from double);
  end if;
  return (select count(id) from double);
end
$$;
create function maybe() returns integer language plpgsql as $$
begin
  begin
    create temp table perhaps (id integer) on commit drop;
  exception when duplicate_table then
    null;
  end;
  create temp table if not exists likewise (id integer);
  return (select count(called) from perhaps) + (select count(called) from likewise);
end
$$;
create function of_any(what anyelement) returns text language plpgsql as $$
begin
  create temp table held on commit drop as select what as it, what::text;
  return (select it::text || held.what from held);
end
$$;
-- run
begin; select f(1), changed(), changed_by_text(), changed_elsewhere(), hides(), twice(2), of_any(1); rollback;
begin; create temp table perhaps (called text); create temp table likewise (called text); select maybe(); rollback;

-- Functions in SQL with polymorphic parameters, which PostgreSQL reads when they are called.
create table account (id integer primary key, name text);
create type pair as (name text, n integer);
create function first_of(list anyarray, at integer default 1) returns anyelement language sql as $$ select list[at] $$;
create function numbered(anyarray, integer) returns anyelement language sql as $$ select $1[$2] $$;
create function name_of(one anyelement) returns text language sql as $$ select one.name $$;
create function name_in(one anyelement) returns text language sql as $$ select ($1).name $$;
create function qualified(id anyelement) returns bigint language sql as $$ select count(*) from account where account.id::text = qualified.id::text $$;
create function column_first(id anyelement) returns bigint language sql as $$ select count(*) from account where id = 1 $$;
create function out_of(id anyelement, out name anyelement, out n integer) language sql as $$ select id, 1 as n $$;
create function rows_of(list anyarray) returns table (one anyelement, n bigint) language sql as $$
  select u, row_number() over () from unnest(list) u;
$$;
create function keyed(id integer, what anyelement) returns void language sql as $$
  insert into account values (id, what::text) on conflict (id) do update set name = excluded.name;
$$;
create function later(what anyelement) returns bigint language plpgsql as $$
begin
  create temp table scratch on commit drop as select what as one;
  return scratched(what);
end
$$;
create function scratched(what anyelement) returns bigint language sql as $$ select count(*) from scratch $$;
-- run
select first_of(array[1, 2]), numbered(array['a'], 1), name_of(row('a', 1)::pair), name_in(row('a', 1)::pair), qualified(1), column_first('a'::text);
select out_of(1), rows_of(array[1]);
select keyed(1, 2), later(1);

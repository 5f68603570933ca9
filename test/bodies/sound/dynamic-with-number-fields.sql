create type layer as (id integer, tab regclass, name text, tags integer[]);
create table account (id integer primary key, name text, kind "char");
create function f(l layer, a account, flag boolean, at timestamptz) returns text language plpgsql as $$
declare
  one account;
  r record;
  query text;
  said text;
begin
  select * into one from account limit 1;
  execute 'select count(*)::text from account where id = ' || l.id || ' or id > ' || one.id into said;
  query := 'select count(*)::text from ' || l.tab || ' where id <> ' || a.id + 1 || ' and ' || flag;
  execute query into said;
  execute 'select count(*)::text from account where id = ' || l.tags[1] into said;
  for r in select id, name from account loop
    execute 'select name from account where id = ' || r.id into said;
    execute 'select name from account where name = ' || quote_literal(r.name) || ' and now() > ' || quote_literal(at) into said;
  end loop;
  execute 'select ' || coalesce(length(said), 0) || ' where ' || (flag and one.id > 0)::text into said;
  return said;
end
$$;
insert into account values (1, 'a');
-- run
select f(row(1, 'account', 'a', '{1,2}'), row(1, 'b', null), true, now());

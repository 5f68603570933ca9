create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  tab record;
  n bigint;
  total bigint := 0;
begin
  for tab in select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r' loop
    execute format('select count(*) from %I.%I', tab.nspname, tab.relname) into n;
    total := total + n;
  end loop;
  return total;
end
$$;
-- run
select f();

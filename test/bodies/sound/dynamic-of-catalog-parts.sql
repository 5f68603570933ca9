create table account (id integer primary key, name text);
create function f(tab regclass, col name) returns text language plpgsql as $$
declare
  part record;
  query text := '';
  cols text;
  kind text := 'desc';
begin
  select string_agg(quote_ident(attname), ', ' order by attnum) into cols from pg_attribute where attrelid = tab and attnum > 0;
  query := 'select ' || cols || ' from ' || tab::text || ' order by ' || quote_ident(col);
  if kind = 'desc' then
    query := query || ' desc';
  else
    query := query || case when kind = 'asc' then ' asc' else '' end;
  end if;
  for part in execute query loop
    return part::text;
  end loop;
  execute format('alter table %s add column if not exists %I %s', tab, 'extra', format_type('integer'::regtype, null));
  execute format('select * from %s where %1$s.id = %L', tab, 3);
  return format('%s %I', query, col);
end
$$;
-- run
select f('account', 'id');

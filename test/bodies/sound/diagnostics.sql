create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  n integer;
  big bigint;
  context text;
  routine oid;
begin
  insert into account values (1, 'a'), (2, 'b');
  get diagnostics n = row_count, context = pg_context;
  get current diagnostics big := row_count;
  if not found then
    return null;
  end if;
  return n || context || big || coalesce(routine::text, '');
end
$$;
-- run
select f();

create function f(a integer default null, b text default null) returns text language plpgsql as $$
declare
  c text := null;
  d integer[] := null;
  e record := null;
  g timestamptz = null;
begin
  a := null;
  b := coalesce(b, null, 'x', c);
  d := array_append(null::integer[], null);
  g := null;
  e := null;
  c := case when a is null then null else 'x' end;
  return nullif(b, c);
end
$$;
-- run
select f();

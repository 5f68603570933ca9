create schema extensions;
create function extensions.digest(a text) returns text language sql immutable as $$ select md5(a) $$;
create function f(a text) returns text language plpgsql as $$
begin
  return extensions.digest(a) || pg_catalog.md5(a) || information_schema._pg_truetypid(null, null)::text;
end
$$;
-- run
select f('a');

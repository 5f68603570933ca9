create table account (id integer primary key, name text);
create function f(tab regclass) returns text language plpgsql as $$
declare
  o oid := 'account'::regclass;
  p regprocedure := 'f(regclass)'::regprocedure;
  n name := tab;
  t regtype := 'integer';
begin
  return o::regclass::text || p::text || n || cast(t as text) || (1::bit(3))::text || '1'::numeric(3, 1) || double precision '1.5'
    || pg_typeof(o) || format_type(t, null) || '{1,2}'::integer[]::text || (now() at time zone 'UTC')::date;
end
$$;
-- run
select f('account');

create function f(a integer) returns text language plpgsql as $$
declare
  rate constant numeric := 0.08;
  b integer not null := a * 2;
  c integer default b + 1;
  d text collate "C" := 'x';
  e constant text[] := array['a', 'b'];
  g numeric(10, 2) = 3.14159;
  h char(3) := 'ab';
  i timestamp(3) with time zone := now();
  j bit varying(5) := b'101';
  k double precision := 'Infinity';
  l pg_catalog.int4 := '5';
  m interval day to second := '1 day';
begin
  b := b + c;
  return rate::text || b || d || e[1] || g || h || i || j || k || l || m;
end
$$;
-- run
select f(1);

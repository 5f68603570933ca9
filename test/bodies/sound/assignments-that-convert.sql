create function f(n integer, t text) returns integer language plpgsql as $$
declare
  a text := n;
  b integer := '5';
  c numeric := n;
  d bigint;
  e date := '2026-01-01';
  g boolean := 'yes';
  h integer := t;
  i varchar(3) := 'abc';
  j smallint;
  k jsonb := '{"a": 1}';
  l integer[] := '{1,2}';
  m timestamptz := e;
begin
  d := c / 2;
  j = d;
  a := a || b || e || g || h || i || j || k || m;
  e := now();
  n := length(a) + l[1] + 2.5;
  t := n;
  return t;
end
$$;
-- run
select f(1, '7');

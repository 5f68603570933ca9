create function f(integer, text, named date) returns text language plpgsql as $$
declare
  n alias for $1;
  word alias for $2;
  again alias for n;
  day alias for named;
begin
  return n || word || again || day || $3 || f.named || $1;
end
$$;
create function g(a integer) returns integer language plpgsql as $$
declare
  b integer := a + $1;
  c integer := b;
begin
  a := a + c;
  $1 := $1 + 1;
  return a;
end
$$;
-- run
select f(1, 'a', '2026-01-01'), g(1);

create function f(n numeric, t text, b boolean) returns text language plpgsql as $$
declare
  i integer;
  s text;
  big bigint := 99999999999;
  small smallint := 32767;
  r real := 1e10;
  code char(2) := 'a';
begin
  i := n;
  i := round(n / 3);
  s := i;
  s := b;
  i := length(t);
  n := t;
  i := t;
  b := 't';
  b := i::boolean;
  s := big || '' || small || r || code;
  t := 5;
  t := 5.5 || s;
  i := '7';
  i := 3.7;
  return t || s;
end
$$;
-- run
select f(1.5, '2', true);

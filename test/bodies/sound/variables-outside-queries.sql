create function f(a integer, b text[]) returns text language plpgsql as $$
declare
  x integer := case when a > 1 then 1 else 2 end;
  y boolean := a is not null and not exists (select 1 where a = 3);
  z text := (select string_agg(u, ',') from unnest(b) u where u <> coalesce(b[1], ''));
  r record := row(1, 'a'::text);
  now_is timestamptz not null default clock_timestamp();
begin
  x := x + a % 3;
  y := y and (x between 1 and 10) or x is distinct from a and a in (1, 2, x);
  z := z || now_is || to_char(now_is, 'YYYY') || r.f1 || r.f2;
  return z || y || x;
end
$$;
-- run
select f(1, '{a,b}');

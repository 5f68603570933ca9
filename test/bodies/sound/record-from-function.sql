create function pair(a integer, out b integer, out c text) language plpgsql as $$
begin
  b := a;
  c := 'x';
end
$$;
create function f(n integer) returns text language plpgsql as $$
declare
  one record;
begin
  one := pair(n);
  select * into one from pair(one.b);
  select p.b, p.c into one.b, one.c from pair(one.b) p;
  return one.c || one.b;
end
$$;
-- run
select f(1);

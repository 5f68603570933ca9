create type pair as (a integer, b text);
create function f(pairs pair[]) returns text language plpgsql as $$
declare
  p pair;
  a integer;
  b text;
  said text := '';
begin
  foreach p in array pairs loop
    said := said || p.a || p.b;
  end loop;
  foreach a, b in array pairs loop
    said := said || a || b;
  end loop;
  return said;
end
$$;
-- run
select f(array[row(1, 'x'), row(2, 'y')]::pair[]);

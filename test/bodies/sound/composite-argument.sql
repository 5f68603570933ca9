create type address as (street text, city text);
create table person (id integer, home address, others address[]);
create function f(a address, p person) returns address language plpgsql as $$
declare
  b address := a;
  cities text[] := '{}';
begin
  b.city := upper(a.city);
  p.home := b;
  p.home.street := 'x';
  p.others[1] := b;
  p.others[1].city := 'y';
  update person set home.city = b.city, home.street = (p.home).street where id = p.id;
  cities := cities || (p.home).city || p.others[1].city;
  return row(b.street, cities[1]);
end
$$;
-- run
select f(row('a', 'b'), row(1, null, null));

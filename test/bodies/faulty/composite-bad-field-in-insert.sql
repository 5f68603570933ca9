create type address as (street text, city text);
create table person (id integer, home address);
create function f() returns void language plpgsql as $$
begin
  update person
  set home.town = 'Bern' -- fault[home.town]: cannot assign to field "town" of column "home" because there is no such column in data type address
  where id = 1;
end
$$;
-- run
select f();

create type address as (street text, city text);
create table person (id integer, home address);
create function f() returns person language plpgsql as $$
declare
  p person;
begin
  p.home.street := 'a';
  p.home.town := 'b'; -- fault: cannot assign to field "town"
  return p;
end
$$;
-- run
select f();

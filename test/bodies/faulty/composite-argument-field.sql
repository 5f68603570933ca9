create type address as (street text, city text);
create function f(a address) returns text language plpgsql as $$
begin
  return a.street || ', ' || a.town; -- fault[a.town]: has no field "town"
end
$$;
-- run
select f(row('a', 'b'));

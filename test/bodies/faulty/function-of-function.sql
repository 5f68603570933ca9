create function inner_one(a integer, out b integer, out c text) language plpgsql as $$ begin b := a; c := 'x'; end $$;
create function f(n integer) returns text language plpgsql as $$
declare
  one record;
begin
  select * into one from inner_one(n);
  return one.c || one.d; -- fault[one.d]: record "one" has no field "d"
end
$$;
-- run
select f(1);

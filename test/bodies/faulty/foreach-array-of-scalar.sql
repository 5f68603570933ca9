create function f(n integer[]) returns integer language plpgsql as $$
declare
  x integer[];
  total integer := 0;
begin
  foreach x in array n loop -- fault: FOREACH loop variable must not be of an array type
    total := total + 1;
  end loop;
  return total;
end
$$;
-- run
select f(array[1, 2]);

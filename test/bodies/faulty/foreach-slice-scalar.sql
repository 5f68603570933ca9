create function f(n integer[]) returns integer language plpgsql as $$
declare
  x integer;
  total integer := 0;
begin
  foreach x slice 1 in array n loop -- fault: FOREACH ... SLICE loop variable must be of an array type
    total := total + 1;
  end loop;
  return total;
end
$$;
-- run
select f(array[[1, 2], [3, 4]]);

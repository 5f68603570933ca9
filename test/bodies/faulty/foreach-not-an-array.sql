create function f(n integer) returns integer language plpgsql as $$
declare
  x integer;
  total integer := 0;
begin
  foreach x in array n loop -- fault: FOREACH expression must yield an array, not type integer
    total := total + x;
  end loop;
  return total;
end
$$;
-- run
select f(1);

create function f(n integer) returns integer language plpgsql as $$
declare
  total integer := 0;
begin
  for i in 1..n loop
    total := total + i;
  end loop;
  return total + i; -- fault[i]: column "i" does not exist
end
$$;
-- run
select f(1);

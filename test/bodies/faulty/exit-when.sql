create function f(n integer) returns integer language plpgsql as $$
declare
  i integer := 0;
begin
  loop
    i := i + n;
    exit when i > maximum; -- fault[maximum]: column "maximum" does not exist
  end loop;
  return i;
end
$$;
-- run
select f(1);

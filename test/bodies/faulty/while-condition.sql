create function f(n integer) returns integer language plpgsql as $$
declare
  i integer := 0;
begin
  while i < limit_of loop -- fault[limit_of]: column "limit_of" does not exist
    i := i + n;
  end loop;
  return i;
end
$$;
-- run
select f(1);

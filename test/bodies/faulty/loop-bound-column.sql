create function f(upto integer) returns integer language plpgsql as $$
declare
  n integer := 0;
begin
  for i in reverse up_to..1 by 2 loop -- fault[up_to]: column "up_to" does not exist
    n := n + i;
  end loop;
  return n;
end
$$;
-- run
select f(1);

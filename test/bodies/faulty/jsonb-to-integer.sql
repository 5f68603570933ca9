create function f(j jsonb) returns integer language plpgsql as $$
declare
  n integer := 0;
begin
  if j ->> 'n' > n then -- fault[>]: operator does not exist: text > integer
    return 1;
  end if;
  return n;
end
$$;
-- run
select f('{"n": 1}');

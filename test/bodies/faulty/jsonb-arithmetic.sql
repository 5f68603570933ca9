create function f(j jsonb) returns integer language plpgsql as $$
begin
  return (j -> 'n') + 1; -- fault[+]: operator does not exist: jsonb + integer
end
$$;
-- run
select f('{"n": 1}');

create function f(a jsonb, b integer) returns boolean language plpgsql as $$
declare
  unequal boolean;
begin
  unequal := a is not null and
    a + b; -- fault[+]: operator does not exist: jsonb + integer
  return unequal;
end
$$;
-- run
select f('{}', 1);

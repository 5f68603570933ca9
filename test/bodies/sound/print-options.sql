create function f(a integer) returns integer language plpgsql as $$
#print_strict_params on
#variable_conflict error
declare
  b integer;
begin
  select a into strict b;
  return b;
end
$$;
-- run
select f(1);

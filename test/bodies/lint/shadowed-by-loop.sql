create function f() returns integer language plpgsql as $$
declare
  i integer := 7;
begin
  for i in 1..3 loop -- warning: shadowed-variable
    raise debug '%', i;
  end loop;
  return i;
end
$$;
-- run
select f();

create function f(list integer[]) returns integer language plpgsql as $$
declare
  x integer;
  n integer := 0;
begin
  foreach x in array lists loop -- fault[lists]: column "lists" does not exist
    n := n + x;
  end loop;
  return n;
end
$$;
-- run
select f('{1}');

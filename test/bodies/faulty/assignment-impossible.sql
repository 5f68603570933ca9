create function f(a jsonb) returns integer language plpgsql as $$
declare
  p point;
  n integer;
begin
  n := a ->> 'n';
  p := array[n, n] = array[1]; -- fault: invalid input syntax for type point
  return n;
end
$$;
-- run
select f('{"n": 1}');

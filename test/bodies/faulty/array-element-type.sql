create function f(n integer) returns integer[] language plpgsql as $$
declare
  a integer[] := '{}';
begin
  a[n] := 'first'; -- fault: invalid input syntax for type integer: "first"
  return a;
end
$$;
-- run
select f(1);

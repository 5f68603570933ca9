create function f(n integer) returns integer language plpgsql as $$
declare
  a integer := 0;
begin
  a[1] := n; -- fault: cannot subscript type integer because it does not support subscripting
  return a;
end
$$;
-- run
select f(1);

create function f(n integer) returns integer language plpgsql as $$
begin
  return n[1]; -- fault[n]: cannot subscript type integer because it does not support subscripting
end
$$;
-- run
select f(1);

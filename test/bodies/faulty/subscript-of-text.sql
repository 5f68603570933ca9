create function f(a text) returns text language plpgsql as $$
begin
  return a[1]; -- fault[a]: cannot subscript type text because it does not support subscripting
end
$$;
-- run
select f('x');

create function f(n integer) returns integer language plpgsql as $$
begin
  m integer := n; -- fault[m]: syntax error at or near "m"
  return m;
end
$$;
-- run
select f(2);

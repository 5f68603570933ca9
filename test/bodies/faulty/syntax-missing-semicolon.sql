create function f(n integer) returns integer language plpgsql as $$
declare
  m integer;
begin
  m := n + 1
  return m; -- fault[m]: syntax error at or near "m"
end
$$;
-- run
select f(1);

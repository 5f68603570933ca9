create function f(n integer) returns integer language plpgsql as $$
declare
  m integer;
  m := n; -- fault[m]: duplicate declaration at or near "m"
  return m;
end;
$$;
-- run
select f(1);

create function f(n integer) returns integer language plpgsql as $$
begin
  for i in 1..n loop
    n := n + 1;
  return n;
end; -- fault: syntax error at or near ";" | syntax error
$$;
-- run
select f(1);

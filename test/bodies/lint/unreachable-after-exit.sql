create function f(n integer) returns integer language plpgsql as $$
begin
  for i in 1..n loop
    exit;
    n := n + i; -- warning: unreachable
  end loop;
  return n;
end
$$;
-- run
select f(1);

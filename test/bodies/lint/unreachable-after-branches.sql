create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1 then
    return 1;
  else
    return 2;
  end if;
  n := n + 1; -- warning: unreachable
  return n; -- or here
end
$$;
-- run
select f(1);

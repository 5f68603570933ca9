create function f(n integer) returns integer language plpgsql as $$
begin
  loop
    n := n + 1;
    if n > 10 then
      return n;
    end if;
  end loop;
  return 0; -- warning: unreachable
end
$$;
-- run
select f(1);

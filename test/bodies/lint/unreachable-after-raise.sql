create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1 then
    raise exception 'too many';
    n := 1; -- warning: unreachable
  end if;
  return n;
end
$$;
-- run
select f(1);

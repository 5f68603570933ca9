create function f(n integer) returns integer language plpgsql as $$
begin
  if n < 0 then
    raise; -- fault: RAISE without parameters cannot be used outside an exception handler
  end if;
  return n;
end
$$;
-- run
select f(-1);

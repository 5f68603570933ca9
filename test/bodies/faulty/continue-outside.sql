create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1 then
    continue; -- fault: CONTINUE cannot be used outside a loop
  end if;
  return n;
end
$$;
-- run
select f(1);

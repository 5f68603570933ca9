create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1
    return 2; -- or here
  end if; -- or here
  return 1; -- fault: missing "THEN" at end of SQL expression | syntax error
end
$$;
-- run
select f(1);

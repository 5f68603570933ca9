create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1 then
    return 2;
  else if n > 0 then
    return 1;
  end if;
  return 0;
end; -- fault: syntax error at or near ";"
$$;
-- run
select f(1);

create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1 then
    return 2;
  return 1;
end; -- fault: syntax error at or near ";"
$$;
-- run
select f(1);

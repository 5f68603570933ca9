create function f(a integer) returns integer language plpgsql as $$
begin
  if a > 1 then
    return; -- fault: missing expression at or near ";"
  end if;
  return a;
end
$$;
-- run
select f(1);

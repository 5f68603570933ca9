create function f(a integer) returns integer language plpgsql as $$
begin
  if a < 0 then
    raise exception 'value % of % is negative', a; -- fault: too few parameters specified for RAISE
  end if;
  return a;
end
$$;
-- run
select f(1);

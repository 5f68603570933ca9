create function f(a integer) returns integer language plpgsql as $$
begin
  if a < 0 then
    raise exception 'a value is negative, and 100%% so', a; -- fault: too many parameters specified for RAISE
  end if;
  return a;
end
$$;
-- run
select f(1);

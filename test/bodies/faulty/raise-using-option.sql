create function f(a integer) returns integer language plpgsql as $$
begin
  if a < 0 then
    raise exception 'negative'
      using
        errcode = 'check_violation',
        reason = 'because'; -- fault[reason]: unrecognized RAISE statement option
  end if;
  return a;
end
$$;
-- run
select f(1);

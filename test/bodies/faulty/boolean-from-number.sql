create function f(a integer) returns integer language plpgsql as $$
begin
  if a then
    return 1;
  end if;
  if a = 1 or 2 then -- fault[2]: argument of OR must be type boolean, not type integer
    return 2;
  end if;
  return 3;
end
$$;
-- run
select f(0);

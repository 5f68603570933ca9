create function f(n integer) returns integer language plpgsql as $$
begin
  if (case when n > 1 then generate_series(1, n) else 0 end) > 1 then -- fault[generate_series]: set-returning functions are not allowed in CASE
    return 1;
  end if;
  return 2;
end
$$;
-- run
select f(1);

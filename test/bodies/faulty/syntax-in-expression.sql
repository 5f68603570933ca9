create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 1 then
    return n + * 2; -- fault[*]: syntax error at or near
  end if;
  return 0;
end
$$;
-- run
select f(2);

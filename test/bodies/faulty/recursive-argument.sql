create function walk(n integer, depth integer default 0) returns integer language plpgsql as $$
begin
  if n <= 1 then
    return depth;
  end if;
  return walk(n - 1, depth + 1, 'x'); -- fault[walk]: function walk(integer, integer, unknown) does not exist
end
$$;
-- run
select walk(3);

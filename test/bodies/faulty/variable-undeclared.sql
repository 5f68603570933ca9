create function f(n integer) returns integer language plpgsql as $$
begin
  total := n * 2; -- fault[total]: "total" is not a known variable
  return n;
end
$$;
-- run
select f(1);

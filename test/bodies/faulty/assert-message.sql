create function f(n integer) returns integer language plpgsql as $$
begin
  assert n < 0,
    'not negative: ' || nn; -- fault[nn]: column "nn" does not exist
  return n;
end
$$;
-- run
select f(1);

create function f(a integer) returns integer language plpgsql as $$
begin
  raise notice 'value: %', b; -- fault[b]: column "b" does not exist
  return a;
end
$$;
-- run
select f(1);

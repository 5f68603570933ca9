create function f(n integer) returns integer language plpgsql as $$
declare
  twice integer;
begin
  twice := n * 2;
  return twice + trice; -- fault[trice]: column "trice" does not exist
end
$$;
-- run
select f(1);

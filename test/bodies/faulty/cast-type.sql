create function f(a text) returns integer language plpgsql as $$
begin
  return a::intt; -- fault[intt]: type "intt" does not exist
end
$$;
-- run
select f('1');

create function add(a integer, b integer) returns integer language sql as $$ select a + b $$;
create function f(a integer) returns void language plpgsql as $$
begin
  perform add(a); -- fault[add]: function add(integer) does not exist
end
$$;
-- run
select f(1);

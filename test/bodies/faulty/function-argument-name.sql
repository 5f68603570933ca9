create function add(a integer, b integer default 1) returns integer language sql as $$ select a + b $$;
create function f(n integer) returns integer language plpgsql as $$
begin
  return add(a => n, c => 3); -- fault[add]: function add(a => integer, c => integer) does not exist
end
$$;
-- run
select f(1);

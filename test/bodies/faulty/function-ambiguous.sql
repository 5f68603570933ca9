create function pick(a integer, b bigint) returns integer language sql as $$ select 1 $$;
create function pick(a bigint, b integer) returns integer language sql as $$ select 2 $$;
create function f(n integer) returns integer language plpgsql as $$
begin
  return pick(n, n); -- fault[pick]: function pick(integer, integer) is not unique
end
$$;
-- run
select f(1);

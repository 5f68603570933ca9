create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  one record;
  n integer := 0;
begin
  for one in select relname from pg_class where relname = 'account' loop
    n := n + 1;
    raise notice 'seen: %', one_name; -- fault[one_name]: column "one_name" does not exist
  end loop;
  return n;
end
$$;
-- run
select f();

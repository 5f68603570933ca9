create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  c cursor (lowest integer) for select id from account where id > lowest;
  n integer := 0;
begin
  for one in c (bottom) loop -- fault[bottom]: column "bottom" does not exist
    n := n + one.id;
  end loop;
  return n;
end
$$;
-- run
select f();

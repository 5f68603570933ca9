create table account (id integer, name text);
create function f(which text) returns integer language plpgsql as $$
declare
  one record;
  n integer := 0;
begin
  for one in execute 'select id from account where ' || which loop -- warning: dynamic-sql
    n := n + one.id;
  end loop;
  return n;
end
$$;
-- run
select f('id > 0');

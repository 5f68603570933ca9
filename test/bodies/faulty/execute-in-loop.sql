create table account (id integer primary key, name text);
create function f(tab text) returns integer language plpgsql as $$
declare
  one record;
  n integer := 0;
begin
  for one in execute format('select id from %I where id > $1', tab) using n, least_of loop -- fault[least_of]: column "least_of" does not exist
    n := n + one.id;
  end loop;
  return n;
end
$$;
-- run
select f('account');

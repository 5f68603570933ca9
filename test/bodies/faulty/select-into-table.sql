create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  found_name text;
begin
  select name into found_name
  from acount -- fault[acount]: relation "acount" does not exist
  where id = who;
  return found_name;
end
$$;
-- run
select f(1);

create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  found_name text;
begin
  select nmae into found_name from account where id = who; -- fault[nmae]: column "nmae" does not exist
  return found_name;
end
$$;
-- run
select f(1);

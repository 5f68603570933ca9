create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  execute 'select name from acount where id = $1' into called using who; -- fault: relation "acount" does not exist
  return called;
end
$$;
-- run
select f(1);

create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  execute 'select name from account where id = $1 and name like $2' into called using who; -- fault: there is no parameter $2
  return called;
end
$$;
-- run
select f(1);

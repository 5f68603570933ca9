create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  execute 'select name from account where id = $1' into called using who;
  execute 'analyze account';
  execute $q$ select 'x' || $1 $q$ into called using who;
  return called;
end
$$;
-- run
select f(1);

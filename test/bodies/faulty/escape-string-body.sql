create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as E'
declare
  called text := \'nobody\\\\\'\'s\';
begin
  called := called || \'\\ttab\';
  select nick into called from account where id = who; -- fault[nick]: column "nick" does not exist
  return called;
end
';
-- run
select f(1);

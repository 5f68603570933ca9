create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as '
declare
  called text := ''nobody''''s'';
begin
  select name || '' is the name'' || nick into called -- fault[nick]: column "nick" does not exist
  from account
  where id = who and name <> ''it''''s'';
  return called;
end
';
-- run
select f(1);

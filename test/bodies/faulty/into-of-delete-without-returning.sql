create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  delete from account into called where id = who; -- fault: INTO used with a command that cannot return data
  return called;
end
$$;
-- run
select f(1);

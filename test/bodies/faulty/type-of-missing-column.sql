create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  n integer;
  called account.title%type; -- fault: column "title" of relation "account" does not exist | syntax error at or near "%"
begin
  return called;
end
$$;
-- run
select f(1);

create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  one account%rowtype;
begin
  select * into one from account where id = who;
  return
    one.name ||
    one.title; -- fault[one.title]: record "one" has no field "title"
end
$$;
-- run
select f(1);

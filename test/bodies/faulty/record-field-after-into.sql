create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
begin
  select id, name as called into one from account limit 1;
  return one.name; -- fault[one.name]: record "one" has no field "name"
end
$$;
insert into account values (1, 'a');
-- run
select f();

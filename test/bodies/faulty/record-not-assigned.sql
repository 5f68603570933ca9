create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
begin
  return one.name; -- fault: record "one" is not assigned yet
end
$$;
-- run
select f();

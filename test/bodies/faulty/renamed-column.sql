create table account (id integer, name text);
create function f() returns text language plpgsql as $$
declare
  one account;
begin
  select a.id, a.name into one from account a limit 1; -- fault[a.name]: column a.name does not exist
  return one.full_name;
end
$$;
alter table account rename column name to full_name;
-- run
select f();

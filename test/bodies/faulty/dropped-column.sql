create table account (id integer, old_name text, name text);
alter table account drop column old_name;
create function f() returns text language plpgsql as $$
declare
  one account;
begin
  select * into one from account limit 1;
  if one.name is null then
    return one.old_name; -- fault[one.old_name]: record "one" has no field "old_name"
  end if;
  return one.name;
end
$$;
-- run
select f();

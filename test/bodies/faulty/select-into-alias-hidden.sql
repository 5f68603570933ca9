create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  found_name text;
begin
  select a.name into found_name
  from account a
  where account.id = who; -- fault[account.id]: invalid reference to FROM-clause entry for table "account"
  return found_name;
end
$$;
-- run
select f(1);

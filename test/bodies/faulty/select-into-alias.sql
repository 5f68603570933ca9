create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  found_name text;
begin
  select a.name into strict found_name
  from account a
  where b.id = who; -- fault[b.id]: missing FROM-clause entry for table "b"
  return found_name;
end
$$;
-- run
select f(1);

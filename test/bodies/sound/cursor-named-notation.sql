-- minimum: 18
create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  accounts cursor (lowest integer, highest integer) for select id, name from account where id between lowest and highest;
  one record;
begin
  open accounts (1, highest => 5);
  fetch accounts into one;
  close accounts;
  for again in accounts (highest => 3, lowest => 1) loop
    return again.name;
  end loop;
  return one.name;
end
$$;
-- run
select f();

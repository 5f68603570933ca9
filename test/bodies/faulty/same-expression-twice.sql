create table account (id integer primary key, name text);
create table payment (id integer primary key, amount numeric);
create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  if exists (select from account where name = 'x') then
    n := 1;
  end if;
  if exists (select from payment where name = 'x') then -- fault[name]: column "name" does not exist
    n := 2;
  end if;
  return n;
end
$$;
-- run
select f();

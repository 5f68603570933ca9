create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  c scroll cursor for select id from account;
  n integer;
begin
  open c;
  fetch absolute place from c into n; -- fault[place]: column "place" does not exist
  close c;
  return n;
end
$$;
-- run
select f();

create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  c cursor (lowest integer, highest integer) for select id from account where id between lowest and highest;
  n integer := 0;
begin
  open c (lowest := n,
    highest := m); -- fault[m]: column "m" does not exist
  fetch c into n;
  close c;
  return n;
end
$$;
-- run
select f();

create table account (id integer primary key, name text);
create function f(c refcursor, places integer[]) returns integer language plpgsql as $$
declare
  n integer;
begin
  fetch relative (place[1] + 1) from c into n; -- fault[place]: column "place" does not exist
  return n;
end
$$;
-- run
begin;
declare c scroll cursor for select 1;
select f('c', '{1}');
rollback;

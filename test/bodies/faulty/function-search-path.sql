create schema shop;
create table shop.item (id integer primary key, name text);
create table thing (id integer);
create function f() returns bigint language plpgsql set search_path = shop as $$
declare
  n bigint;
begin
  select count(*) into n from item;
  return n + (select count(*) from thing); -- fault[thing]: relation "thing" does not exist
end
$$;
-- run
select f();

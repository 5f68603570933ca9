create schema shop;
create table shop.item (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  set local search_path = shop, public;
  select count(*) into n from item;
  return n;
end
$$;
create function g() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  perform set_config('search_path', 'shop', true);
  select count(*) into n from item;
  return n;
end
$$;
-- run
select f(), g();

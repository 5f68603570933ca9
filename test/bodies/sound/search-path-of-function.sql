create schema shop;
create table shop.item (id integer primary key, name text);
create function shop.price(item_id integer) returns numeric language sql as $$ select 1.5 $$;
create function f(who integer) returns text language plpgsql set search_path = shop, pg_temp as $$
declare
  one item;
begin
  select * into one from item where id = who;
  return coalesce(one.name, 'none') || price(who);
end
$$;
create function g() returns bigint language plpgsql security definer set search_path to '' as $$
begin
  return (select count(*) from shop.item) + length(pg_catalog.upper('x'));
end
$$;
create function h() returns bigint language sql set search_path = shop as $$ select count(*) from item $$;
-- run
select f(1), g(), h();

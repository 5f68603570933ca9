create sequence "My Numbers";
create schema shop;
create sequence shop.numbers;
create table shop.item (id bigint default nextval('shop.numbers'), name text);
create function f() returns bigint language plpgsql as $$
declare
  s regclass := 'shop.numbers';
  n bigint;
begin
  n := nextval('"My Numbers"') + nextval(s) + nextval('shop.numbers'::text);
  perform setval(pg_get_serial_sequence('shop.item', 'id'), 5) where false;
  return n + currval('shop.numbers'::regclass) + lastval();
end
$$;
-- run
select f();

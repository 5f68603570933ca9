create schema shop;
create table shop.item (id integer primary key, name text);
create table thing (id integer);
create function f() returns bigint language plpgsql as $$
begin
  return (select count(*) from shop.thing); -- fault[shop.thing]: relation "shop.thing" does not exist
end
$$;
-- run
select f();

create schema shop;
create table shop.item (id integer primary key, name text);
create function f() returns text language plpgsql as $$
begin
  set local search_path = shop;
  return (select i.nmae from shop.item i); -- fault[i.nmae]: column i.nmae does not exist
end
$$;
-- run
select f();

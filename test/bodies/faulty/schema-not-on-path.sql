create schema shop;
create table shop.item (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
begin
  return (select count(*)
    from item); -- fault[item]: relation "item" does not exist
end
$$;
-- run
select f();

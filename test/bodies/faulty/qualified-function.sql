create schema shop;
create function shop.price(a integer) returns integer language sql as $$ select a $$;
create function f(a integer) returns integer language plpgsql as $$
begin
  return shop.price(a) +
    price(a); -- fault[price]: function price(integer) does not exist
end
$$;
-- run
select f(1);

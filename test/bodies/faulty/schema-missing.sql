create function f() returns integer language plpgsql as $$
begin
  return
    shop.price(1); -- fault[shop.price]: schema "shop" does not exist
end
$$;
-- run
select f();

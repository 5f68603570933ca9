create or replace function app.place_order(buyer bigint, amount numeric) returns bigint
  language sql
begin atomic
  insert into public.orders (user_id, total) values (buyer, amount) returning id;
end;

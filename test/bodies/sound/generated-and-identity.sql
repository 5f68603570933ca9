create table position_of (id bigint generated always as identity, price numeric, amount integer, total numeric generated always as (price * amount) stored, at timestamptz default now());
create function f(p numeric, a integer) returns numeric language plpgsql as $$
declare
  worth numeric;
  one position_of;
begin
  insert into position_of (price, amount) values (p, a) returning total into worth;
  insert into position_of values (default, p, a, default) returning * into one;
  insert into position_of (id, price, amount) overriding system value values (100, p, a);
  insert into position_of default values;
  update position_of set price = p + 1, total = default where id = one.id;
  return worth + one.total;
end
$$;
-- run
select f(2, 3);

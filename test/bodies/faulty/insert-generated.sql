create table line (id integer, price numeric, amount integer, total numeric generated always as (price * amount) stored);
create function f(p numeric, a integer) returns void language plpgsql as $$
begin
  insert into line values (1, p, a, p * a); -- fault: cannot insert a non-DEFAULT value into column "total"
end
$$;
-- run
select f(1, 2);

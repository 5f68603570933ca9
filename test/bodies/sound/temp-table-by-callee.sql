create function make_basket() returns void language plpgsql as $$
begin
  create temp table if not exists shopping (item text, n integer) on commit drop;
end
$$;
create function f() returns bigint language plpgsql as $$
declare
  one record;
  total bigint;
begin
  perform make_basket();
  insert into shopping values ('a', 1), ('b', 2);
  select sum(n) into total from shopping;
  for one in select item, n from shopping loop
    total := total + one.n;
  end loop;
  return total;
end
$$;
-- run
select f();

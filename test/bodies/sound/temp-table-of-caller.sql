create function fill_it(n integer) returns void language plpgsql as $$
begin
  insert into basket (item) select 'item ' || g from generate_series(1, n) g;
end
$$;
create function f() returns bigint language plpgsql as $$
declare
  total bigint;
begin
  create temp table basket (item text) on commit drop;
  perform fill_it(3);
  select count(*) into total from basket;
  return total;
end
$$;
-- run
select f();

create schema tenant_a;
create table tenant_a.item (id integer, name text);
create function f(tenant text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute format('set local search_path = %I, public', tenant);
  select count(*) into n from item;
  return n;
end
$$;
-- run
select f('tenant_a');

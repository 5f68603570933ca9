create schema tenant_a;
create table tenant_a.item (id integer, name text);
create function tenant_a.count_items() returns bigint language plpgsql as $$
begin
  return (select count(*) from item);
end
$$;
create function tenant_a.names() returns setof text language sql as $$
  select name from item
$$;
-- run
set search_path = tenant_a, public;
select count_items(), names();

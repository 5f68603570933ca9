create function f(fresh boolean) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  if to_regclass('pg_temp.state') is null then
    create temp table state (id integer, at timestamptz default now());
  elsif fresh then
    truncate state;
  end if;
  insert into state (id) values (1);
  select count(*) into n from pg_temp.state;
  return n;
end
$$;
-- run
select f(true);
select f(true);

create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  create schema if not exists work;
  create table if not exists work.item (id bigint generated always as identity, name text);
  insert into work.item (name) values ('a') returning id into n;
  drop schema work cascade;
  return n;
end
$$;
-- run
select f();

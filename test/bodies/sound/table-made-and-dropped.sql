create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  create table staging (id integer, name text);
  insert into staging values (1, 'a');
  select max(id) into n from staging;
  drop table staging;
  return n;
end
$$;
-- run
select f();

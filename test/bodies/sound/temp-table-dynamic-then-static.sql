create table account (id integer primary key, name text);
create function f(cond text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute format('create temporary table picked on commit drop as select * from account where name like %L', cond);
  insert into picked values (7, 'g');
  select count(*) into n from picked where name is not null;
  drop table picked;
  return n;
end
$$;
-- run
select f('a%');

create table account (id integer primary key, name text);
create function f(tab text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute format('create temp table %I (id integer, nmae text) on commit drop', 'copy_of_' || tab);
  execute format('insert into %I select id from account', 'copy_of_' || tab);
  select count(*) into n from account where nome is not null; -- fault[nome]: column "nome" does not exist
  return n;
end
$$;
-- run
select f('account');

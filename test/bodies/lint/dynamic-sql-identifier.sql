create table account (id integer, name text);
create function f(tab text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute 'select count(*) from ' || tab into n; -- warning: dynamic-sql
  return n;
end
$$;
-- run
select f('account');

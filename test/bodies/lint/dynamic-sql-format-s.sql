create table account (id integer, name text);
create function f(tab text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute format('select count(*) from %I', tab) into n;
  execute format('select count(*) from %s', tab) into n; -- warning: dynamic-sql
  return n;
end
$$;
-- run
select f('account');

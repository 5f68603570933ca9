create table account (id integer, name text);
create function f(called text) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute 'select count(*) from account where name = ''' || called || '''' into n; -- warning: dynamic-sql
  return n;
end
$$;
-- run
select f('a');

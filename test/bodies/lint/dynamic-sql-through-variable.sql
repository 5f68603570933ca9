create table account (id integer, name text);
create function f(called text) returns bigint language plpgsql as $$
declare
  n bigint;
  query text;
begin
  query := 'select count(*) from account';
  if called is not null then
    query := query || ' where name = ''' || called || '''';
  end if;
  execute query into n; -- warning: dynamic-sql
  return n;
end
$$;
-- run
select f('a');

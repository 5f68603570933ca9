create table account (id integer, name text);
create function f(sort text) returns setof account language plpgsql as $$
begin
  return query execute 'select * from account order by ' || sort; -- warning: dynamic-sql
end
$$;
-- run
select f('id');

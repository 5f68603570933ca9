create table account (id integer primary key, name text, opened date);
create function f() returns setof integer language plpgsql as $$
begin
  return query
  select distinct on (name) id -- fault[name]: SELECT DISTINCT ON expressions must match initial ORDER BY expressions
  from account order by opened;
end
$$;
-- run
select f();

create table account (id integer primary key, name text);
create function f(sort text, up boolean) returns setof account language plpgsql as $$
begin
  return query execute format('select * from account order by %I %s limit $1', sort, case when up then 'asc' else 'desc' end)
  using 10;
end
$$;
insert into account values (1, 'a');
-- run
select f('name', true);

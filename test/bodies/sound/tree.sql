create table node (id integer primary key, parent integer references node, name text);
create function below(top integer) returns table (id integer, path text[], depth integer) language plpgsql as $$
begin
  return query
  with recursive walk (id, path, depth) as (
    select n.id, array[n.name], 0 from node n where n.id = top
    union all
    select n.id, w.path || n.name, w.depth + 1
    from node n join walk w on n.parent = w.id
    where not n.name = any (w.path)
  )
  select w.id, w.path, w.depth from walk w;
end
$$;
insert into node values (1, null, 'a'), (2, 1, 'b');
-- run
select * from below(1);

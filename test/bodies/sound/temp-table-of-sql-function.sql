create table task (id integer, kind text);
create function make_task() returns void language sql as $$
  create temporary table tmp_task (like task) on commit drop;
  alter table tmp_task add column arguments jsonb;
$$;
create function take_tasks() returns setof task language plpgsql as $$
begin
  update tmp_task t set kind = 'x' where t.arguments is null;
  insert into task select id, kind from tmp_task;
  return query select t.id, t.kind from tmp_task t join task using (id);
end
$$;
-- run
begin;
select make_task();
select take_tasks();
commit;

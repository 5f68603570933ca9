-- Marks a task as done. Over HTTP: POST /rpc/complete_task {"task_id": "…"}
create or replace function complete_task(task_id uuid) returns tasks
  language sql
as $$
  update public.tasks set completed = true where id = task_id returning *
$$;

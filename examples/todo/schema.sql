-- The whole schema. Each sees and changes tasks of their own; others can be asked to help, and see what they are asked for.

create table tasks (
  id uuid primary key default gen_random_uuid(),
  owner text not null default current_setting('request.jwt.claims', true)::json ->> 'sub',
  helper text,
  title text not null check (title <> ''),
  done boolean not null default false,
  created_at timestamptz not null default now()
);

alter table tasks enable row level security;

create policy own on tasks to todo_user
  using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub')
  with check (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');

create policy helped on tasks for select to todo_user
  using (helper = current_setting('request.jwt.claims', true)::json ->> 'sub');

grant select, insert, update, delete on tasks to todo_user;

-- Changes of these tables are told, to those who may see the rows.
create publication pg_events for table tasks with (publish = '');

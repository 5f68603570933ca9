-- The whole schema, as it should be. Edit it while `pgext dev` runs: what is saved is there.

create extension if not exists pgcrypto;

-- Two people to try it out with. A real application keeps passwords as this one does: never as they are.
create table people (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (name <> ''),
  password text not null
);

comment on column people.password is 'a hash, by crypt(password, gen_salt(''bf''))';

-- Nobody reads this table by the API: sign_in() alone does.
alter table people enable row level security;

create table tasks (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references people on delete cascade,
  title text not null check (title <> ''),
  completed boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table tasks is 'what is to be done, and by whom';

create index tasks_of_user on tasks (user_id, created_at);

-- Who is asking: the `sub` claim of the token, as PostgREST and pg_events_ws hand it on. Null without a valid one.
create function current_user_id() returns uuid
  language sql stable
  return (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid;

alter table tasks alter column user_id set default current_user_id();

alter table tasks enable row level security;

create policy own_tasks on tasks
  for all to authenticated
  using (user_id = current_user_id())
  with check (user_id = current_user_id());

grant usage on schema public to anon, authenticated;
grant select, insert, update, delete on tasks to authenticated;

create function touch_updated_at() returns trigger
  language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger touch_updated_at
  before update on tasks
  for each row execute function touch_updated_at();

-- Changes of these tables are told to pages that are open, to those who may see the rows.
create publication pg_events for table tasks with (publish = '');

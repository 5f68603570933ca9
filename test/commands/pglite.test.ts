// The main job where plans are proven on PGlite and the target is a PostgreSQL.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `
create type priority as enum ('low', 'high');
create table tasks (id uuid primary key default gen_random_uuid(), title text not null check (title <> ''), priority priority not null);
alter table tasks enable row level security;
create policy mine on tasks to pglite_user using (title <> 'theirs');
create function stamp() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger stamp before update on tasks for each row execute function stamp();
`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('pglite', {
    'schema.sql': SCHEMA,
    'functions/count.sql':
      'create function open_tasks() returns bigint language sql stable as $$ select count(*) from tasks $$;\n',
    'pgext.json': '{"shadow": "pglite"}',
  })
  await project.ends(0, 'db:create', '--role', 'pglite_user')
})
afterAll(() => site?.close())

test('a first migration and the functions', async () => {
  const {err} = await project.ends(0, 'migrate', '--name', 'first')
  expect(err).toContain('proven on PostgreSQL 18')
  await project.ends(0, 'deploy-functions')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test('a second one: a rename, a column, an enum value, a policy; rows stay', async () => {
  await project.ask("insert into tasks (title, priority) values ('buy milk', 'high')")
  await project.write({
    'schema.sql': SCHEMA.replace("'high'", "'high', 'urgent'")
      .replace(
        "title text not null check (title <> '')",
        "\n  -- pgext:renamed-from title\n  summary text not null check (summary <> ''),\n  due date",
      )
      .replace("title <> 'theirs'", "summary <> 'hers'"),
  })
  await project.ends(2, 'migrate')
  expect(await project.migrations()).toHaveLength(1)
  await project.ends(0, 'migrate', '--name', 'second')
  expect(await project.ask('select summary, priority::text, due from tasks')).toEqual([
    {summary: 'buy milk', priority: 'high', due: null},
  ])
  await project.ends(0, 'diff', '--sql')
})

test('what PostgreSQL does not understand has its place', async () => {
  await project.write({'schema.sql': `${SCHEMA}create table t (a nothing);\n`})
  expect(await project.fails('diff')).toMatch(/type "nothing" does not exist(.|\n)*schema\.sql:\d+:19/)
})

// What is pgext's and what is not: what no file speaks of stays as it is in the database.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const sqlOf = async (project: Project, ...args: string[]): Promise<string> =>
  JSON.parse((await project.run('diff', '--json', ...args)).out).sql

describe('a schema or an extension that no file has', () => {
  let project: Project
  beforeAll(async () => {
    project = await site.project('theirs', {'schema.sql': 'create table tasks (id int primary key);\n'})
    await project.ask(`
      create schema audit; create table audit.log (id int); create view audit.last as select max(id) from audit.log;
      create extension citext; create schema "Odd one"; create table "Odd one".t (e public.citext);
      create table tasks (id int primary key)`)
  })

  test('is left alone, and named once', async () => {
    const {out, err} = await project.ends(0, 'diff')
    expect(out).toContain('nothing differs')
    expect(err.match(/left alone: schemas Odd one, audit$/gm)).toHaveLength(1)
    expect(err.match(/left alone: extension citext$/gm)).toHaveLength(1)
    expect(await project.ask("select to_regclass('audit.last') is not null as there")).toEqual([{there: true}])
  })

  test('until a file has it', async () => {
    await project.write({'schema.sql': 'create table tasks (id int primary key);\ncreate schema audit;\n'})
    const {out} = await project.ends(2, 'diff', '--summary')
    expect(out).toContain('- table audit.log')
    expect(out).not.toContain('citext')
  })

  test('between two databases everything is compared', async () => {
    const empty = await site.project('theirs_empty', {})
    const {out} = await project.ends(2, 'diff', '--from', empty.url, '--to', project.url, '--summary')
    expect(out).toContain('+ extension citext')
    expect(out).toContain('+ table audit.log')
  })
})

describe('undeclared partitions under a declared parent', () => {
  const SCHEMA = `
    create table events (id bigint, at date not null) partition by range (at);
    create table events_old partition of events for values from (minvalue) to ('2026-01-01');\n`
  let project: Project
  beforeAll(async () => {
    project = await site.project('events', {'schema.sql': SCHEMA})
    await project.ends(0, 'migrate', '--name', 'first')
    await project.ask(`
      create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01') partition by list (at);
      create table events_2026_first partition of events_2026 for values in ('2026-01-01');
      create table events_2027 partition of events for values from ('2027-01-01') to ('2028-01-01');
      insert into events values (1, '2025-05-05'), (2, '2026-01-01'), (3, '2027-05-05')`)
  })

  test('are left alone, and named', async () => {
    const {err} = await project.ends(0, 'diff')
    expect(err).toContain('left alone: partitions public.events_2026, public.events_2026_first, public.events_2027')
  })

  test('get what their parent gets: columns, checks, an index and a key that are whole', async () => {
    await project.write({
      'schema.sql': `
        create table events (
          id bigint not null, at date not null, note text not null default 'none' check (note <> ''), unique (id, at)
        ) partition by range (at);
        create table events_old partition of events for values from (minvalue) to ('2026-01-01');
        create index events_note on only events (note);
        create index old_note on events_old (note);
        alter index events_note attach partition old_note;
        alter table events add constraint events_at check (at > '2000-01-01');\n`,
    })
    await project.ends(0, 'migrate', '--name', 'second')
    expect(
      await project.ask(
        `select indexrelid::regclass::text as index from pg_index where indrelid = 'events'::regclass and indisvalid order by 1`,
      ),
    ).toEqual([{index: 'events_id_at_key'}, {index: 'events_note'}])
    expect(
      await project.ask(
        `select count(*)::int as n from pg_index where indrelid in ('events_2026_first'::regclass, 'events_2027'::regclass)`,
      ),
    ).toEqual([{n: 4}])
    expect(await project.ask("select to_regclass('old_note') is not null as there")).toEqual([{there: true}])
    expect(await project.ask('select id::int, note from events order by id')).toEqual([1, 2, 3].map((id) => ({id, note: 'none'})))
    await project.ends(0, 'diff')
  })

  test('what holds them up is said of them, too', async () => {
    const files = await project.read('schema.sql')
    await project.write({'schema.sql': `${files}\ncreate index events_at_id on events (at, id);\n`})
    const {out} = await project.ends(2, 'diff')
    expect(out).toMatch(/CREATE INDEX CONCURRENTLY \S+ ON public\.events_old/)
    for (const name of ['events_2026_first', 'events_2027']) {
      expect(out).toContain(`hazard blocking-writes: every row of public.${name} is read, and nobody can write to it meanwhile`)
    }
    expect(out).not.toContain('blocking-writes: every row of public.events_old')
    await project.write({'schema.sql': files})
  })

  test('"partitions": "declared" would drop them', async () => {
    await project.write({'pgext.json': '{"partitions": "declared"}'})
    const {out} = await project.ends(2, 'diff', '--summary')
    expect(out).toContain('- table public.events_2027')
  })
})

describe('owners and privileges', () => {
  const SCHEMA = 'create table tasks (id int primary key);\ngrant select on tasks to reader;\n'
  let project: Project
  beforeAll(async () => {
    project = await site.project('owners', {'schema.sql': SCHEMA})
    await project.ask(`
      create role reader; create role stranger; create role boss; create role writer;
      alter default privileges grant select, update on tables to stranger;
      alter default privileges revoke execute on functions from public`)
    await project.ends(0, 'migrate', '--name', 'first')
    await project.ask('grant delete on tasks to stranger; alter table tasks owner to boss')
  })

  test('lenient: those that no file speaks of stay', async () => {
    expect(await sqlOf(project)).toBe('')
    expect(await project.ask("select has_table_privilege('stranger', 'tasks', 'select, delete') as may")).toEqual([{may: true}])
  })

  test('lenient: a grantee that the files name has what they say, and no more', async () => {
    await project.ask('grant insert on tasks to reader; revoke select on tasks from reader')
    const sql = await sqlOf(project)
    expect(sql).toContain('GRANT SELECT ON TABLE public.tasks TO reader')
    expect(sql).toContain('REVOKE INSERT ON TABLE public.tasks FROM reader')
    expect(sql).not.toContain('stranger')
    await project.ask(`set role boss; ${sql.replace(/^(BEGIN|COMMIT);$/gm, '')}`)
    expect(await sqlOf(project)).toBe('')
  })

  test('lenient: an owner that a file sets is brought there', async () => {
    await project.write({'schema.sql': `${SCHEMA}alter table tasks owner to writer;\n`})
    const sql = await sqlOf(project)
    expect(sql).toContain('OWNER TO writer')
    expect(sql).not.toContain('stranger')
    await project.write({'schema.sql': SCHEMA})
  })

  test('strict: all of them are compared', async () => {
    await project.write({'pgext.json': '{"ownership": "strict"}'})
    const sql = await sqlOf(project)
    expect(sql).toMatch(/REVOKE .*ON TABLE public\.tasks FROM stranger/)
    expect(sql).toMatch(/ALTER TABLE public\.tasks OWNER TO pgext/)
  })
})

test('roles that files mention are not made in the target', async () => {
  const project = await site.project('mention', {
    'schema.sql': `create table tasks (id int primary key);\nalter table tasks enable row level security;
      create policy all_of_them on tasks to web_user using (true);\n`,
  })
  const {out} = await project.ends(2, 'diff')
  expect(out).toContain('web_user')
  expect(await project.fails('migrate', '--name', 'first')).toContain('lacks a role your files name: web_user')
  expect(await project.ask("select 1 from pg_roles where rolname = 'web_user'")).toEqual([])
  await project.ends(0, 'db:create', '--role', 'web_user')
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ends(0, 'diff')
})

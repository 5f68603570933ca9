// A role as hosts give: not superuser, owner of little, with catalogs closed to it. Everything works, or says what it may not.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const SCHEMA = `
create type mood as enum ('ok', 'bad');
create table tasks (id bigint generated always as identity primary key, mood mood not null default 'ok', note text);
create statistics tasks_stats on mood, note from tasks;
create view open_tasks with (security_invoker) as select id from tasks where mood = 'ok';
alter table tasks enable row level security;
create policy own on tasks using (note is not null);
create extension citext;
grant select on tasks to web_user;
`

/** A database whose role may make things in schema public, and no more than a host gives. */
async function host(name: string, files: Record<string, string>, grants = ''): Promise<{project: Project; admin: Project}> {
  const admin = await site.project(name, files)
  await admin.ask(`
    do $$ begin create role hosted login createdb createrole password 'hosted'; exception when duplicate_object then end $$;
    alter schema public owner to hosted; create schema private; create table private.t (id int); create extension pgcrypto schema private;
    ${grants}`)
  const url = admin.url.replace(/\/\/[^@]*@/, '//hosted:hosted@')
  return {admin, project: await site.project(name, files, url)}
}

describe('the whole line', () => {
  let project: Project
  beforeAll(async () => {
    ;({project} = await host(
      'hosted_line',
      {
        'schema.sql': SCHEMA,
        'functions/f.sql':
          'create function count_tasks() returns bigint language sql return (select count(*) from public.tasks);',
      },
      'grant create on database hosted_line to hosted',
    ))
  })

  test('migrate, deploy, diff, status', async () => {
    await project.ends(0, 'db:create', '--role', 'web_user')
    await project.ends(0, 'migrate', '--name', 'first')
    await project.ends(0, 'deploy-functions')
    const {out, err} = await project.ends(0, 'diff')
    expect(out).toContain('nothing differs')
    expect(err).toContain('left alone: schema private')
    await project.ends(0, 'migrate:status')
  })

  test('a second migration, and between two databases', async () => {
    await project.write({'schema.sql': `${SCHEMA}alter table tasks add due date;\n`})
    await project.ends(0, 'migrate', '--name', 'second')
    await project.ends(0, 'diff')
    const other = await host('hosted_other', {}, 'grant create on database hosted_other to hosted')
    const {out} = await project.ends(2, 'diff', '--from', other.project.url, '--to', project.url, '--summary')
    expect(out).toContain('+ table public.tasks')
  })

  test('db:create, db:reset and db:drop of its own', async () => {
    const own = await site.project('hosted_own', {'schema.sql': SCHEMA}, project.url.replace('hosted_line', 'hosted_own'))
    await own.ends(0, 'db:create')
    await own.ends(0, 'migrate', '--name', 'first')
    await own.ends(0, 'db:reset', '--yes')
    await own.ends(0, 'db:drop', '--yes')
  })
})

describe('what it may not do fails in the proof', () => {
  test.each([
    [
      'an event trigger',
      `create function e() returns event_trigger language plpgsql as 'begin end'; create event trigger e on ddl_command_end execute function e();`,
      /superuser/,
    ],
    ['a leakproof function', 'create function f() returns int language sql leakproof return 1;', /superuser/],
    [
      'an owner that it is no member of',
      'create table t (id int); alter table t owner to somebody;',
      /SET ROLE "somebody"|member of role "somebody"/,
    ],
    ['a publication for all tables', 'create publication everything for all tables;', /superuser/],
    ['an extension that is not trusted', 'create extension pg_buffercache;', /permission denied to create extension/],
    ['a schema', 'create schema more; create table more.t (id int);', /permission denied for database/],
    ['a language of its own', 'create access method heap2 type table handler heap_tableam_handler;', /superuser/],
  ])('%s', async (what, sql, why) => {
    const name = `hosted_${what.replace(/\W/g, '_')}`
    const grants = what === 'a schema' ? '' : `grant create on database ${name} to hosted`
    const {project, admin} = await host(name, {'schema.sql': `${sql}\n`}, grants)
    await admin.ask('do $$ begin create role somebody; exception when duplicate_object then end $$')
    const said = await project.fails('diff')
    expect(said).toMatch(/the plan fails on a copy of the current state/)
    expect(said).toMatch(why)
    expect(said).toContain('hint: it has run with the rights that the role of the database URL has there')
  })
})

describe('catalogs that are closed', () => {
  test('decide nothing where the files have nothing of the kind', async () => {
    const {project, admin} = await host('hosted_closed', {'schema.sql': 'create table t (id int);\n'})
    await admin.ask(
      'create table t (id int); alter table t owner to hosted; revoke select on pg_statistic_ext, pg_event_trigger, pg_user_mappings from public',
    )
    const {out, err} = await project.ends(0, 'diff')
    expect(out).toContain('nothing differs')
    expect(err).toContain('could not look: statistics (permission denied for table pg_statistic_ext)')
    expect(err).toContain('could not look: event trigger (permission denied for table pg_event_trigger)')
  })

  test('decide where they have', async () => {
    const {project, admin} = await host('hosted_blind', {
      'schema.sql': 'create table t (id int, b int, note text);\ncreate statistics s on id, b from t;\n',
    })
    await admin.ask(
      'create table t (id int, b int); alter table t owner to hosted; revoke select on pg_statistic_ext from public',
    )
    const {out, err} = await project.ends(1, 'diff')
    expect(out).toContain('ADD COLUMN note text')
    expect(err).toContain('error: the role may not see what has to be compared')
    expect(err).toContain(
      'could not look: statistics (permission denied for table pg_statistic_ext); declared are statistics public.s',
    )
    const {out: json} = await project.ends(1, 'diff', '--json')
    expect(JSON.parse(json)).toMatchObject({
      equal: false,
      couldNotLook: [{kind: 'statistics', declared: ['statistics public.s'], decides: true}],
    })
    await project.write({'pgext.json': '{"ignore": ["statistics *"]}'})
    await project.ends(2, 'diff')
  })

  test('between two databases nobody can say that they are equal', async () => {
    const {project, admin} = await host('hosted_two', {})
    await admin.ask('revoke select on pg_statistic_ext from public')
    const {err} = await project.ends(1, 'diff', '--from', admin.url, '--to', project.url)
    expect(err).toContain('could not look: statistics')
  })

  test('without the most needed ones there is one sentence', async () => {
    const {project, admin} = await host('hosted_dark', {'schema.sql': 'create table t (id int);\n'})
    await admin.ask('revoke select on pg_depend from public')
    expect(await project.fails('diff')).toContain(
      'hosted may not look at the schema of hosted_dark: permission denied for table pg_depend',
    )
  })

  test.each(['pg_roles', 'pg_auth_members', 'pg_database', 'pg_available_extensions', 'pg_stat_activity', 'pg_namespace'])(
    '%s',
    async (name) => {
      const {project, admin} = await host(
        `hosted_no_${name}`,
        {'schema.sql': 'create table t (id int);\n'},
        `grant create on database hosted_no_${name} to hosted`,
      )
      await admin.ask(`revoke select on ${name} from public`)
      for (const args of [['diff'], ['migrate', '--name', 'first']]) {
        const {out, err} = await project.run(...args)
        expect(err + out).not.toContain('fault in pgext')
        expect(out).not.toContain('nothing differs')
      }
    },
  )
})

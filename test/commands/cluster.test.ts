// What files say of the cluster around a schema: roles, settings, subscriptions, planned and applied without a word too many.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const ROLES = `
  create role ct_readers;
  create role ct_app login;
  grant ct_readers to ct_app;
  grant set on parameter log_duration to public, ct_app;
  alter role ct_app set work_mem = '8MB';
  create table notes (id int primary key);
  grant select on notes to ct_readers;
  alter database whatever_it_is_called set app.tenant = '100 %';
  alter database whatever_it_is_called set app.jwt_secret = 'hush';
  create subscription ct_sub connection 'host=nowhere.invalid password=hush' publication p;\n`

test('roles, settings and a subscription are made, and then nothing differs', async () => {
  const project = await site.project('cluster', {'schema.sql': ROLES})
  await project.ask(`do $$ begin execute format('alter database %I set app.theirs = ''x''', current_database()); end $$`)
  const {out, err} = await project.ends(0, 'migrate', '--name', 'first')
  expect(out + err).not.toContain('hush')
  expect(await project.ask("select count(*)::int as n from pg_auth_members where member = 'ct_app'::regrole")).toEqual([{n: 1}])
  expect(await project.ask("select current_setting('app.tenant') as t, current_setting('app.theirs') as u")).toEqual([
    {t: '100 %', u: 'x'},
  ])
  expect((await project.ask('select subenabled as on, subconninfo as conn from pg_subscription'))[0]).toEqual({
    on: false,
    conn: 'host=publisher.invalid',
  })
  const again = await project.ends(0, 'diff', '--from', 'database')
  expect(again.err).toContain('left alone: database setting app.theirs')
})

test('a role that a plan makes is made again in every run of its proof', async () => {
  const project = await site.project('cluster_again', {'schema.sql': 'create table words (id int primary key, word text);\n'})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.write({
    'schema.sql': `create role ct_again login; create table words (id int primary key, word text check (word = 'a' or id < 0));
      grant select on words to ct_again;\n`,
  })
  for (const from of ['migrations', 'database']) {
    const {out, err} = await project.ends(2, 'diff', '--from', from)
    expect(out + err).toContain('proven on PostgreSQL')
  }
})

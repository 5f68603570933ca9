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

test('memberships of roles that no file makes are compared where files name them', async () => {
  const project = await site.project('cluster_others', {
    'schema.sql': `grant ct_theirs to ct_them; grant ct_ours to ct_them; grant ct_theirs to "Ct Me" with admin option; revoke ct_ours from "Ct Me";
      create role "Ct New"; grant ct_theirs to "Ct New"; grant set on parameter log_statement to public;
      create table members (id int primary key); grant select on members to ct_them;\n`,
  })
  await project.ask('create role ct_theirs; create role ct_ours; create role ct_them; create role "Ct Me"; create role ct_else')
  await project.ask('grant ct_ours to "Ct Me"; grant ct_ours to ct_else; grant alter system on parameter log_statement to public')
  const {out, err} = await project.ends(2, 'diff', '--from', 'database')
  for (const sql of [
    'GRANT ct_theirs TO ct_them;',
    'GRANT ct_ours TO ct_them;',
    'GRANT ct_theirs TO "Ct Me" WITH ADMIN',
    'GRANT ct_theirs TO "Ct New";',
    'REVOKE ct_ours FROM "Ct Me";',
    'hazard security-widened: role ct_them may do what ct_ours may',
  ])
    expect(out).toContain(sql)
  expect(out).not.toContain('ct_else')
  expect(out + err).toContain('proven on PostgreSQL')
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ends(0, 'diff', '--from', 'migrations')
  // what was there beside the migrations is drift
  const drift = await project.ends(2, 'diff', '--from', 'database', '--sql')
  await project.ask(drift.out)
  await project.ends(0, 'diff', '--from', 'database')
  const members =
    await project.ask(`select roleid::regrole || ' ' || member::regrole as of, admin_option as admin from pg_auth_members
    where roleid in ('ct_theirs'::regrole, 'ct_ours'::regrole) order by 1`)
  expect(members.map(({of, admin}) => `${of}${admin ? ', admin' : ''}`)).toEqual([
    'ct_ours ct_else',
    'ct_ours ct_them',
    'ct_theirs "Ct Me", admin',
    'ct_theirs "Ct New"',
    'ct_theirs ct_them',
  ])
})

test('on somebody’s server no shadow changes what is the cluster’s, whatever migrations say', async () => {
  const project = await site.project('cluster_guest', {
    'pgext.json': JSON.stringify({shadow: 'target'}),
    'schema.sql': 'create table guests (id int primary key);\n',
    'migrations/20260101T000000_roles.sql': `create role ct_guest; create role ct_host; grant ct_host to ct_guest;
      alter role ct_guest set work_mem = '8MB'; comment on role ct_guest is 'g'; create table guests (id int primary key);
      alter role ct_guest rename to ct_visitor; drop role if exists ct_guest;\n`,
  })
  const roles = () =>
    project.ask("select rolname::text as name from pg_roles where rolname in ('ct_guest', 'ct_host', 'ct_visitor')")
  const {err} = await project.ends(0, 'diff', '--from', 'migrations')
  expect(err).toContain(
    '20260101T000000_roles.sql:1: what it says of roles and other things of the cluster was not run for the shadow',
  )
  expect(await roles()).toEqual([])
  await project.ends(0, 'migrate', '--yes')
  expect(await roles()).toHaveLength(2)
  await project.ends(0, 'diff', '--from', 'migrations')
})

// Tablespaces are places that somebody made on the server: files, migrations and databases that name them load into shadows that lack them.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {openSite, type Site} from './site.ts'

let site: Site

beforeAll(async () => {
  site = await openSite()
  await ask('set allow_in_place_tablespaces = on')
  for (const name of ['fast', 'closed', 'own']) {
    const db = await connect(site.url('postgres'))
    await db.query('set allow_in_place_tablespaces = on')
    await db.query(`create tablespace ${name} location ''`)
    await db.close()
  }
})
afterAll(() => site?.close())

async function ask(sql: string): Promise<void> {
  const db = await connect(site.url('postgres'))
  await db.query(sql).finally(() => db.close())
}

test('a table moves there and back, by a migration that names no other place than the files do', async () => {
  const project = await site.project('places', {
    'schema.sql':
      "create tablespace fast location '/not/here';\ncreate table orders (id int primary key using index tablespace fast) tablespace fast;\n",
  })
  const {err} = await project.ends(0, 'migrate', '--name', 'made')
  expect(err).toContain('schema.sql:1: a statement about a tablespace was skipped')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  await project.write({'schema.sql': 'create table orders (id int primary key);\n'})
  await project.ends(0, 'migrate', '--name', 'back', '--allow', 'rewrite')
  expect(await project.ask(`select count(*)::int as n from pg_class where reltablespace <> 0 and oid >= 16384`)).toEqual([{n: 0}])
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test('a database whose own tablespace is another: what says nothing stays there, what names it is there already', async () => {
  const project = await site.project('elsewhere', {
    'schema.sql': 'create table a (id int);\ncreate table b (id int) tablespace own;\n',
  })
  await ask('alter database elsewhere set tablespace own')
  await project.ends(0, 'migrate', '--name', 'made')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  await project.write({'schema.sql': 'create table a (id int) tablespace pg_default;\ncreate table b (id int);\n'})
  await project.ends(0, 'migrate', '--name', 'moved', '--allow', 'rewrite')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  expect(
    await project.ask(
      `select relname, t.spcname from pg_class c left join pg_tablespace t on t.oid = c.reltablespace where relname in ('a', 'b') order by 1`,
    ),
  ).toEqual([
    {relname: 'a', spcname: 'pg_default'},
    {relname: 'b', spcname: null},
  ])
  await project.write({'schema.sql': 'create table a (id int);\ncreate table b (id int);\n'})
  await project.ends(0, 'migrate', '--name', 'home', '--allow', 'rewrite')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test('one that the server lacks is said beforehand', async () => {
  const project = await site.project('lacking', {'schema.sql': 'create table a (id int) tablespace nowhere;\n'})
  const {err} = await project.ends(2, 'diff', '--no-prove')
  expect(err).toContain("the target's server lacks the tablespace nowhere")
})

test('one that is kept from the role fails in the proof; one that it may use is used', async () => {
  const files = {'schema.sql': 'create table a (id int) tablespace closed;\n'}
  const admin = await site.project('closed', files)
  await admin.ask(
    "create role guest login password 'guest'; alter schema public owner to guest; grant create on database closed to guest",
  )
  const project = await site.project('closed', files, admin.url.replace(/\/\/[^@]*@/, '//guest:guest@'))
  expect(await project.fails('migrate', '--name', 'made')).toContain('permission denied for tablespace closed')
  await admin.ask('grant create on tablespace closed to guest')
  await project.ends(0, 'migrate', '--name', 'made')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

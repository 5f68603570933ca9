// "ignore" in pgext.json: objects that patterns mean are left alone on both sides, with everything that dies with them.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const ignoring = (...patterns: string[]) => JSON.stringify({ignore: patterns})

describe('what a pattern means', () => {
  let project: Project
  beforeAll(async () => {
    project = await site.project('mine', {
      'schema.sql': 'create table tasks (id int primary key, note text);\n',
      'pgext.json': ignoring('table public.tmp_*', 'index public.*_partman_*', 'schema cron', 'function public.helper(integer)'),
    })
    await project.ask(`
      create table tasks (id int primary key, note text);
      create table tmp_a (id serial primary key, of int references tasks); create index on tmp_a (of);
      create schema cron; create table cron.job (id int);
      create index tasks_partman_1 on tasks (note);
      create function helper(int) returns int language sql return 1`)
  })

  test('stays as it is, with its sequence and its indexes, and is named once', async () => {
    const {out, err} = await project.ends(0, 'diff')
    expect(out).toContain('nothing differs')
    expect(err).toContain(
      'left alone, as "ignore" says: function public.helper(integer), index public.tasks_partman_1, schema cron, table public.tmp_a\n',
    )
  })

  test('a pattern that means nothing is said, where a database is looked at', async () => {
    const {err} = await project.ends(0, 'diff')
    expect(err).not.toContain('means nothing')
    const patterns = JSON.parse(await project.read('pgext.json')).ignore
    await project.write({'pgext.json': ignoring(...patterns, 'table public.tpm_*', 'comment role nobody')})
    expect((await project.ends(0, 'diff')).err).toContain(
      'means nothing that is here: "table public.tpm_*", "comment role nobody"',
    )
    expect((await project.ends(2, 'diff', '--from', 'migrations')).err).not.toContain('means nothing')
    await project.write({'pgext.json': ignoring(...patterns)})
  })

  test('what it does not mean differs as ever', async () => {
    await project.ask('create function helper(text) returns int language sql return 1; create table tmpb (id int)')
    const {out} = await project.ends(2, 'diff', '--summary')
    expect(out).toContain('- function public.helper(text)')
    expect(out).toContain('- table public.tmpb')
    expect(out).not.toMatch(/tmp_a|cron|partman|integer/)
    await project.ask('drop function helper(text); drop table tmpb')
  })

  test('in files too', async () => {
    await project.write({'schema.sql': 'create table tasks (id int primary key, note text);\ncreate table tmp_b (id serial);\n'})
    const {err} = await project.ends(0, 'diff')
    expect(err).toContain('table public.tmp_b')
  })

  test('and between two databases', async () => {
    const other = await site.project('mine_other', {})
    await other.ask('create table tasks (id int primary key, note text); create table tmp_c (id int)')
    const {out} = await project.ends(0, 'diff', '--from', other.url, '--to', project.url)
    expect(out).toContain('nothing differs')
  })

  test('a part comes back when what it hangs on is made anew', async () => {
    const view = await site.project('mine_view', {
      'schema.sql': 'create table t (id int, a text);\ncreate materialized view m as select id, a from t;\n',
      'pgext.json': ignoring('index public.m_*', 'comment *'),
    })
    await view.ask(`
      create role onlooker; create table t (id int, a text); create materialized view m as select id from t;
      create index m_id on m (id); comment on materialized view m is 'kept'; grant select on m to onlooker`)
    const {out} = await view.ends(2, 'diff', '--sql')
    expect(out).toContain('CREATE INDEX m_id ON public.m')
    await view.ask(out)
    expect(
      await view.ask(`select to_regclass('m_id') is not null as index, obj_description('m'::regclass) as comment,
        has_table_privilege('onlooker', 'm', 'select') as may`),
    ).toEqual([{index: true, comment: 'kept', may: true}])
    await view.ends(0, 'diff')
  })
})

describe('an ignored object that a managed one needs', () => {
  let project: Project
  beforeAll(async () => {
    project = await site.project('needed', {
      'schema.sql': 'create table theirs (id int);\ncreate view mine as select id from theirs;\n',
      'pgext.json': ignoring('table public.theirs'),
    })
  })

  test('is refused where it is not there', async () => {
    const said = await project.fails('diff')
    expect(said).toContain('view public.mine needs table public.theirs, which is left alone')
  })

  test('is used where it is', async () => {
    await project.ask('create table theirs (id int, more text)')
    const {out} = await project.ends(2, 'diff', '--sql')
    expect(out).toContain('CREATE VIEW public.mine')
    expect(out).not.toContain('TABLE')
    await project.ask(out)
    await project.ends(0, 'diff')
  })

  test('an ignored view keeps what it needs', async () => {
    const kept = await site.project('kept', {
      'schema.sql': 'create table t (id int);\n',
      'pgext.json': ignoring('view public.*'),
    })
    await kept.ask('create table t (id int, note text); create view v as select note from t')
    expect(await kept.fails('diff')).toMatch(/column public\.t\.note can't be .*: view public\.v needs it, and is left alone/)
  })
})

test('roles, and privileges of some', async () => {
  const project = await site.project('roles', {
    'schema.sql': 'create role made_elsewhere login;\ncreate table t (id int);\ngrant select on t to web_a, app_a;\n',
    'pgext.json': ignoring('role *', 'privilege * to web_*'),
  })
  await project.ask('create role web_a; create role app_a')
  const {out} = await project.ends(2, 'diff', '--sql')
  expect(out).toContain('TO app_a')
  expect(out).not.toMatch(/web_a|made_elsewhere/)
})

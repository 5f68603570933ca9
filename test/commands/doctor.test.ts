// Projects and databases in, what `pgext doctor` prints and how it ends out.
import {execFileSync} from 'node:child_process'
import {chmod} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** The server of these tests runs without it, by its command line. */
const HERE = {doctor: {ignore: ['autovacuum-off:autovacuum']}}

const ILL = `
create table a (id int primary key);
create table "B b" (id int primary key, a int references a on delete cascade, a2 int references a);
create table logs (line text);
create policy own on a using (id > 0);`

describe('a database with findings', () => {
  let project: Project
  beforeAll(async () => {
    project = await site.project('doctor_ill', {'pgext.json': JSON.stringify(HERE)})
    await project.ask(ILL)
  })

  test('each is told with its SQL and its page', async () => {
    const {out, err} = await project.ends(2, 'doctor')
    expect(err).toBe('')
    expect(out).toContain('error  policies that never apply  docs/doctor.md#policy-without-rls')
    expect(out).toContain('ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;')
    expect(out).toContain('CREATE INDEX CONCURRENTLY ON public."B b" (a);')
    expect(out).toContain('1 error, 2 warnings, 1 to know')
  })

  test('--only, --level and "ignore" leave the others out', async () => {
    const only = JSON.parse((await project.ends(2, 'doctor', '--only', 'fk-index', '--json')).out)
    expect(only.findings.map(({id, level}: {id: string; level: string}) => `${id} ${level}`)).toEqual([
      'fk-index warning',
      'fk-index info',
    ])
    expect(only).toMatchObject({database: {version: expect.stringMatching(/^18/)}, ignored: 1})
    const errors = await project.ends(2, 'doctor', '--level', 'error')
    expect(errors.out).toContain('1 error  ')
    expect(errors.out).not.toContain('fk-index')
    const ignore = ['autovacuum-off', 'policy-without-rls', 'fk-index:public."B b_*', 'no-primary-key:public.logs', 'tls']
    await project.write({'pgext.json': JSON.stringify({doctor: {ignore}})})
    const {out, err} = await project.ends(0, 'doctor')
    expect(out).toMatch(/^fine {2}.*PostgreSQL 18/)
    expect(err).toBe('note: "doctor.ignore" in pgext.json means nothing here: tls\n')
    await project.write({'pgext.json': JSON.stringify({...HERE, ignore: ['table public.*']})})
    await project.ends(0, 'doctor')
    await project.write({'pgext.json': JSON.stringify(HERE)})
  })

  test('--sql is a script', async () => {
    const {out} = await project.ends(2, 'doctor', '--sql')
    const lines = out.split('\n').filter((line) => line !== '' && !line.startsWith('--'))
    expect(lines).toEqual([
      'SET statement_timeout = 0;',
      "SET lock_timeout = '4s';",
      'ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;',
      'SET lock_timeout = 0;',
      'CREATE INDEX CONCURRENTLY ON public."B b" (a);',
      'CREATE INDEX CONCURRENTLY ON public."B b" (a2);',
    ])
    expect(out).toContain('-- ALTER TABLE public.logs ADD COLUMN id bigint')
  })

  test('what there is not is refused', async () => {
    expect(await project.fails('doctor', '--only', 'fk-indexes')).toContain('did you mean fk-index?')
    await project.write({'pgext.json': JSON.stringify({doctor: {ignore: ['polices-without-rls']}})})
    expect(await project.fails('doctor')).toContain('did you mean policy-without-rls?')
    await project.write({'pgext.json': JSON.stringify(HERE)})
  })
})

test('a deployed template has none', async () => {
  const project = await site.project('doctor_todo', {})
  await project.ends(0, 'init', '.', '--template', 'todo')
  const settings = JSON.parse(await project.read('pgext.json'))
  await project.write({'pgext.json': JSON.stringify({...settings, ...HERE})})
  await site.admin.script('create role anon; create role authenticated')
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ends(0, 'deploy-functions')
  const {findings} = JSON.parse((await project.ends(0, 'doctor', '--json')).out)
  expect(findings.filter(({id}: {id: string}) => id !== 'events-note')).toEqual([])
})

describe('without a database', () => {
  test('the project is looked at', async () => {
    const project = await site.project('doctor_alone', {'.env': 'PGEXT_JWT_SECRET=secret\n'}, '')
    await chmod(join(project.folder, '.env'), 0o600)
    const fine = await project.ends(0, 'doctor')
    expect(fine.out).toContain(`node              ${process.versions.node}`)
    expect(fine.out).toContain('fine  the project; no database was looked at')
    execFileSync('git', ['init', '-q', project.folder])
    expect((await project.ends(2, 'doctor')).out).toContain('no .gitignore names it')
    await project.write({'.gitignore': '.env\n'})
    await chmod(join(project.folder, '.env'), 0o644)
    expect((await project.ends(0, 'doctor')).out).toContain('others on this machine may read it (mode 644)')
    execFileSync('git', ['-C', project.folder, 'add', '-f', '.env'])
    expect((await project.ends(2, 'doctor')).out).toContain('git keeps it')
  })

  test('a database that does not answer, and settings that can not be read, end with 1', async () => {
    const project = await site.project('doctor_gone', {}, site.url('there is none'))
    expect(await project.fails('doctor')).toContain('does not exist')
    await project.write({'pgext.json': '{"scheme": "a.sql"}'})
    const {out} = await project.ends(1, 'doctor')
    expect(out).toContain('unknown key "scheme"')
    expect(out).toContain('pgext.json:1:2')
  })
})

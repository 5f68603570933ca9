// A secret planted wherever PostgreSQL keeps one: in nothing that pgext says, writes or keeps.
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {pgext} from './run.ts'
import {openSite, type Project, type Site} from './site.ts'

const SECRET = 'hunter2hunter2'
const FILES = `
create table t (id int);
create foreign data wrapper w options (secret_key '${SECRET}');
create server s foreign data wrapper w options (host 'h', password '${SECRET}');
create user mapping for public server s options (user 'me', password '${SECRET}', passwd '${SECRET}');
create role keeper login password '${SECRET}';
create subscription sub connection 'host=h password=${SECRET} dbname=d' publication p with (connect = false, slot_name = none);
`

let site: Site
let project: Project
let cache: string
const said: string[] = []
beforeAll(async () => {
  site = await openSite()
  cache = join(site.folder, 'cache')
  project = await site.project('secret', {'schema.sql': FILES, 'pgext.json': '{"ownership": "strict"}'})
})
afterAll(() => site?.close())

async function run(...args: string[]): Promise<void> {
  const {out, err} = await pgext(args, {
    cwd: project.folder,
    env: {DATABASE_URL: project.url, PGEXT_CACHE: cache, DEBUG: 'pgext'},
  })
  said.push(out, err)
}

async function holding(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(
    files.map(async (file) => ((await readFile(file).catch(() => '')).includes(SECRET) ? [file] : [])),
  )
  return found.flat()
}

test('from files, in a migration and in errors', async () => {
  await run('diff')
  await run('diff', '--json')
  await run('diff', '--sql', '--no-prove')
  await run('migrate', '--name', 'first')
  await run('diff', '--from', 'migrations')
  expect(said.join('\n')).not.toContain(SECRET)
  expect(await holding(join(project.folder, 'migrations'))).toEqual([])
  expect(await holding(cache)).toEqual([])
})

test('from a database that has them, whichever side it is', async () => {
  const there = await site.project('secret_there', {})
  for (const statement of FILES.split(';\n').filter((text) => text.trim() && !text.includes('create role')))
    await there.ask(statement)
  for (const form of [[], ['--json'], ['--sql'], ['--summary'], ['--no-prove']]) await run('diff', '--from', there.url, ...form)
  await run('diff', '--from', project.url, '--to', there.url, '--no-prove')
  await run('diff', '--from', project.url, '--to', there.url)
  await run('external')
  await run('deploy-functions')
  expect(said.join('\n')).not.toContain(SECRET)
  expect(await holding(cache)).toEqual([])
  await there.ask('alter subscription sub disable; alter subscription sub set (slot_name = none)')
  await there.ask('drop subscription sub')
})

test('a change of nothing but a secret is no difference', async () => {
  const [one, other] = [await site.project('secret_one', {}), await site.project('secret_other', {})]
  const sql = (
    secret: string,
  ) => `create foreign data wrapper w; create server s foreign data wrapper w options (password '${secret}');
    create user mapping for public server s options (password '${secret}')`
  await one.ask(sql(SECRET))
  await other.ask(sql('another'))
  const {out} = await one.ends(0, 'diff', '--from', one.url, '--to', other.url)
  expect(out).toContain('nothing differs')
})

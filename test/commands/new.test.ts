// Migrations of which a person writes a part: empty ones, and edited ones.
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {pgextAgain} from './run.ts'

vi.setConfig({testTimeout: 120_000})

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pgext new's-"))
  await write('schema.sql', 'CREATE TABLE tasks (id int PRIMARY KEY);')
})
afterEach(() => rm(folder, {recursive: true, force: true}))

const write = (name: string, text: string) => writeFile(join(folder, name), text)
const make = (EDITOR: string, ...args: string[]) => pgextAgain(['migrate:new', ...args], {cwd: folder, env: {EDITOR}})
const written = async () => (await readdir(join(folder, 'migrations'))).filter((name) => name.endsWith('.sql')).sort()
const text = async (name: string) => readFile(join(folder, 'migrations', name), 'utf8')

test('an empty one is written without a look at anything, and stands on the one before it', async () => {
  expect((await make('', 'first')).code).toBe(0)
  const [first] = await written()
  const to = /^-- to: (\w+)$/m.exec(await text(first!))![1]
  expect(JSON.parse((await pgextAgain(['migrate:show', '--json'], {cwd: folder})).out)).toMatchObject({
    since: null,
    migrations: [{file: `migrations/${first}`, statements: [{line: 9, hazards: []}]}],
    changes: [expect.stringContaining('+ table public.tasks')],
  })
  await write('schema.sql', 'this is no SQL')
  const {code, out} = await make('', 'Fill tasks', '--empty')
  expect(code).toBe(0)
  const second = (await written())[1]!
  expect(second).toMatch(/_fill_tasks\.sql$/)
  expect(out).toBe(`wrote migrations/${second}\n`)
  expect((await text(second)).split('\n').slice(0, 2)).toEqual(['-- pgext migration, format 1', `-- from: ${to}`])
})

test('what an editor made of one is replayed: it leads where the files say, or elsewhere, or breaks at its line', async () => {
  const appending = (sql: string) => `sh -c 'echo "${sql}" >> "$1"' --`
  const untouched = await make('true', 'first', '--edit', '--json')
  expect(JSON.parse(untouched.out)).toMatchObject({edited: false, written: `migrations/${(await written())[0]}`})

  const rows = await make(appending('INSERT INTO public.tasks VALUES (1);'), 'rows', '--empty', '--edit')
  expect(rows.out).toContain('migrations lead where your files say')
  expect(rows.code).toBe(0)
  // pgext.sum has what was made of it
  expect((await pgextAgain(['check'], {cwd: folder})).code).toBe(0)

  const astray = await make(appending('ALTER TABLE public.tasks ADD note text;'), 'note', '--empty', '--edit', '--json')
  expect(JSON.parse(astray.out)).toMatchObject({
    edited: true,
    leads: false,
    left: [{verb: 'drop', object: 'column public.tasks.note'}],
  })
  expect(astray.code).toBe(2)

  const broken = await make(appending('ALTER TABLE public.task ADD more text;'), 'more', '--empty', '--edit')
  expect(broken.code).toBe(1)
  expect(broken.err).toMatch(/relation "public.task" does not exist\n {2}migrations\/\w+_more\.sql:6:1\n/)
})

test('without an editor nothing is written; one that fails leaves the file, one that removes it leaves none', async () => {
  const nobody = await make(' ', 'first', '--empty', '--edit')
  expect(nobody.code).toBe(1)
  expect(nobody.err).toContain('VISUAL or EDITOR')
  await expect(written()).rejects.toThrow('ENOENT')

  const failed = await make('exit 3;', 'first', '--empty', '--edit')
  expect(failed.code).toBe(1)
  expect(failed.err).toContain('ended with 3')
  expect(await written()).toHaveLength(1)

  const gone = await make('rm', 'second', '--empty', '--edit')
  expect(gone.code).toBe(0)
  expect(gone.out).toContain('is gone: no migration was written')
  expect(await written()).toHaveLength(1)
})

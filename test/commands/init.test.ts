import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseEnv} from 'node:util'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {pgextAgain as pgext} from './run.ts'

const WRITTEN = [
  '.env',
  '.env.example',
  '.gitignore',
  'README.md',
  'docker-compose.yml',
  'frontend/app.css',
  'frontend/app.js',
  'frontend/index.html',
  'functions/base64url.sql',
  'functions/complete_task.sql',
  'functions/sign_in.sql',
  'functions/token_for.sql',
  'migrations/.gitkeep',
  'pgext.json',
  'postgrest.conf',
  'schema.sql',
  'seed.sql',
  'tests/tasks.test.mjs',
]

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-init-'))
})
afterEach(() => rm(folder, {recursive: true, force: true}))

const filesOf = async (path: string) =>
  (await readdir(path, {recursive: true, withFileTypes: true}))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort()

test('writes the to-do project, its secrets readable by its owner alone and ignored by git', async () => {
  const {code, out} = await pgext(['init', 'shop', '--yes'], {cwd: folder})
  expect(code).toBe(0)
  expect(await filesOf(join(folder, 'shop'))).toEqual(WRITTEN)
  for (const file of WRITTEN) expect(out).toContain(file)
  expect((await stat(join(folder, 'shop/.env'))).mode & 0o777).toBe(0o600)
  expect((await readFile(join(folder, 'shop/.gitignore'), 'utf8')).split('\n')).toContain('.env')
})

test('a whole path is that path, wherever somebody stands', async () => {
  const {code} = await pgext(['init', join(folder, 'far/shop'), '--template', 'minimal', '--yes'], {cwd: tmpdir()})
  expect(code).toBe(0)
  expect(await filesOf(join(folder, 'far/shop'))).toContain('schema.sql')
})

test('leaves no placeholder unfilled', async () => {
  await pgext(['init', 'shop', '--yes'], {cwd: folder})
  for (const file of WRITTEN) expect(await readFile(join(folder, 'shop', file), 'utf8'), file).not.toContain('{{')
})

test('names the schema of its settings where an editor finds it', async () => {
  const schema = async (name: string) => JSON.parse(await readFile(join(folder, name, 'pgext.json'), 'utf8')).$schema
  await pgext(['init', 'one', '--yes'], {cwd: folder})
  expect(await schema('one')).toBe('./node_modules/pgext/templates/pgext.schema.json')
  await mkdir(join(folder, 'node_modules/pgext/templates'), {recursive: true})
  await writeFile(join(folder, 'node_modules/pgext/templates/pgext.schema.json'), '')
  await pgext(['init', 'apps/two', '--yes'], {cwd: folder})
  expect(await schema('apps/two')).toBe('../../node_modules/pgext/templates/pgext.schema.json')
})

test('every secret is strong and of its own', async () => {
  const secrets = new Set<string>()
  for (const name of ['one', 'two']) {
    await pgext(['init', name, '--yes', '--url', "postgres://a:b'c@h/d"], {cwd: folder})
    const {POSTGREST_JWT_SECRET: JWT_SECRET, DATABASE_URL} = parseEnv(await readFile(join(folder, name, '.env'), 'utf8'))
    expect(JWT_SECRET).toMatch(/^[0-9a-f]{64}$/)
    expect(DATABASE_URL).toBe('postgres://a:b%27c@h/d')
    secrets.add(JWT_SECRET!)
  }
  expect(secrets.size).toBe(2)
})

test('never overwrites a file: it is named and kept', async () => {
  await mkdir(join(folder, 'shop'))
  await writeFile(join(folder, 'shop/schema.sql'), 'mine')
  await writeFile(join(folder, 'shop/.gitignore'), 'dist/\n')
  const {code, out, err} = await pgext(['init', 'shop', '--yes'], {cwd: folder})
  expect(code).toBe(0)
  expect(await readFile(join(folder, 'shop/schema.sql'), 'utf8')).toBe('mine')
  expect(out).toContain('schema.sql was there and stays as it is')
  expect(err).toContain('.env')

  const before = await readFile(join(folder, 'shop/.env'), 'utf8')
  const again = await pgext(['init', 'shop', '--yes', '--json'], {cwd: folder})
  expect(JSON.parse(again.out)).toMatchObject({created: [], kept: WRITTEN})
  expect(await readFile(join(folder, 'shop/.env'), 'utf8')).toBe(before)
})

test('the minimal template, in this folder', async () => {
  const {code, out} = await pgext(['init', '.', '--template', 'minimal', '--json'], {cwd: folder})
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({template: 'minimal', kept: []})
  expect(await filesOf(folder)).toEqual([
    '.env',
    '.env.example',
    '.gitignore',
    'README.md',
    'functions/.gitkeep',
    'migrations/.gitkeep',
    'pgext.json',
    'schema.sql',
    'seed.sql',
  ])
})

test('a folder that is a file is one clear error', async () => {
  await writeFile(join(folder, 'shop'), '')
  const {code, err} = await pgext(['init', 'shop', '--yes'], {cwd: folder})
  expect(code).toBe(1)
  expect(err).toMatch(/^error: can't write .*shop/)
})

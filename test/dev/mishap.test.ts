// What goes wrong with a project's files between and during two starts in; that the stack comes up, says it, and goes on, out.
import {execFileSync} from 'node:child_process'
import {mkdir, readdir, readFile, rename, rm, unlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import postgres from 'postgres'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {makeProject, type Running, removeProject, startDev} from './stack.ts'

let folder: string
let dev: Running | undefined
let schema: string
let good: string
beforeEach(async () => {
  folder = await makeProject()
  schema = join(folder, 'schema.sql')
  good = await readFile(schema, 'utf8')
})
/** Each is two starts of a whole stack. */
const isFull = process.env.PGEXT_LOAD === 'full'
if (!isFull)
  console.info(
    'left to npm run test:all: a stack whose memory is broken, and one in a folder called as a database of PostgreSQL’s own',
  )

afterEach(async () => {
  await dev?.end()
  await removeProject(folder)
})

const withTable = (name: string) => `${good}\ncreate table ${name} (id int primary key);\n`

async function begin(...args: string[]): Promise<string> {
  dev = startDev(folder, args)
  return (await dev.ready()).database
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const sql = postgres(url, {onnotice: () => {}, max: 1})
  return sql.unsafe(text).finally(() => sql.end())
}

test('an error at the very first start is said; mended, everything is there, and the seed is run once', async () => {
  await writeFile(schema, `${good}\ncreate table broken (id int,,);\n`)
  const url = await begin()
  expect((await dev!.until(({failed}) => failed)).error.where).toMatchObject({file: 'schema.sql'})
  await writeFile(schema, good)
  await dev!.until(({did}) => did === 'seed.sql')
  await writeFile(schema, withTable('later'))
  await dev!.until(({did, lines}) => did === 'schema.sql' && lines.join().includes('later'))
  expect(dev!.said.filter(({did}) => did === 'seed.sql')).toHaveLength(1)
  expect(await ask(url, 'select count(*)::int from people')).toEqual([{count: 2}])
})

test('a schema file that goes and comes back is still looked at; so is a folder that is made later', async () => {
  await rm(join(folder, 'functions'), {recursive: true})
  await writeFile(join(folder, 'seed.sql'), '')
  await begin()
  let from = dev!.said.length
  await unlink(schema)
  expect((await dev!.until(({failed}) => failed, from)).error).toMatchObject({code: 'bad-file'})
  for (const name of ['one', 'two']) {
    from = dev!.said.length
    good = withTable(name)
    await writeFile(schema, good)
    await dev!.until(({lines}) => lines?.join().includes(name), from)
    // as git and careful editors do
    from = dev!.said.length
    good = withTable(`${name}_more`)
    await writeFile(`${schema}.new`, good)
    await unlink(schema)
    await rename(`${schema}.new`, schema)
    await dev!.until(({lines}) => lines?.join().includes(`${name}_more`), from)
  }
  from = dev!.said.length
  await mkdir(join(folder, 'functions'))
  await writeFile(join(folder, 'functions/late.sql'), 'create function late() returns int language sql as $$ select 1 $$;\n')
  await dev!.until(({lines}) => lines?.join().includes('late()'), from)
})

test('what was refused is looked at by the next start, too, whatever was deployed behind it', async () => {
  const held = (columns: string) => writeFile(schema, `${good}\ncreate table held (${columns});\n`)
  await held('id int primary key, name text')
  const url = await begin()
  await ask(url, "insert into held values (1, 'kept')")
  await held('id int primary key')
  expect((await dev!.until(({failed}) => failed)).error).toMatchObject({code: 'data-loss'})
  await writeFile(join(folder, 'functions/late.sql'), 'create function late() returns int language sql as $$ select 1 $$;\n')
  await dev!.until(({lines}) => lines?.join().includes('late()'))
  await dev!.end()
  await begin()
  expect((await dev!.until(({failed}) => failed)).error).toMatchObject({code: 'data-loss'})
})

// PGlite's extensions are those that the files name, and the database has one
test.each(['native', 'pglite'])(
  'started without its schema file it comes up, and goes on once that is back: %s',
  async (engine) => {
    await begin('--engine', engine)
    await dev!.end()
    await unlink(schema)
    dev = startDev(folder, ['--engine', engine])
    // long before anything is there that could do it
    dev.tell({do: 'reset'})
    const {database} = await dev.ready()
    expect((await dev.until(({failed}) => failed)).error).toMatchObject({code: 'bad-file'})
    expect(dev.said.findIndex(({note}) => note === 'reset: as soon as everything is up')).toBeLessThan(
      dev.said.findIndex(({ready}) => ready),
    )
    const {error} = await dev.until(({failed}) => failed === 'reset')
    expect(error).toMatchObject({code: 'bad-file', hint: expect.stringContaining('stays as it is')})
    expect(await ask(database, 'select count(*)::int from people')).toEqual([{count: 2}])
    const from = dev!.said.length
    await writeFile(schema, withTable('back'))
    await dev!.until(({lines}) => lines?.join().includes('back'), from)
  },
)

test.skipIf(!isFull).each(['{"password": "x', '', '[1]'])(
  'what it remembered is %j: the database is found again, and no row is made twice',
  async (text) => {
    const before = await begin()
    await ask(before, "delete from people where name = 'grace'")
    await dev!.end()
    await writeFile(join(folder, '.pgext/dev.json'), text)
    const url = await begin()
    expect(url === before).toBe(false)
    expect(await ask(url, 'select name from people')).toEqual([{name: 'ada'}])
    expect(dev!.said.filter(({failed}) => failed)).toEqual([])
    await dev!.until(({service}) => service?.name === 'rest' && service.state === 'ready')
  },
)

test('a token where nothing is remembered any more', async () => {
  await writeFile(join(folder, '.env'), '')
  await mkdir(join(folder, '.pgext'))
  await writeFile(join(folder, '.pgext/dev.json'), '{"secret"')
  const program = join(import.meta.dirname, '../../bin/run.js')
  const run = () => execFileSync(process.execPath, [program, 'token', '--role', 'anon', '-C', folder], {stdio: 'pipe'})
  expect(run).toThrow(/POSTGREST_JWT_SECRET|pgext dev/)
  expect(run).not.toThrow(/JSON/)
})

test('a major that is not here is an error that says how to get it; nothing is left', async () => {
  const file = join(folder, 'pgext.json')
  const settings = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({...settings, dev: {...settings.dev, major: 99}}))
  dev = startDev(folder)
  const {error} = await dev.until(({error}) => error)
  expect(error).toMatchObject({code: 'engine-missing', message: expect.stringContaining('no PostgreSQL 99')})
  expect(error.hint).toMatch(/npm install .*-99@npm:.*"major"/)
  expect(await dev.end()).toBe(1)
  expect((await readdir(join(folder, '.pgext'))).filter((name) => name.startsWith('dev.pid'))).toEqual([])
})

test.skipIf(!isFull).each(['template1', 'template0', 'postgres'])(
  'a project in a folder %s has a database of its own',
  async (name) => {
    const other = join(folder, '..', name)
    await rename(folder, other)
    folder = other
    const url = await begin()
    expect(await ask(url, 'select count(*)::int from people')).toEqual([{count: 2}])
    const from = dev!.said.length
    dev!.tell({do: 'reset'})
    await dev!.until(({did}) => did === 'seed.sql', from)
  },
)

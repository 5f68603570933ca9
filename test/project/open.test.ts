// A folder as a user has it, and every way to get it wrong.
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openProject, readSources} from '../../src/project/open.ts'
import {markOf} from '../../src/project/running.ts'
import {DEFAULTS} from '../../src/project/settings.ts'
import {targetOf} from '../../src/terminal/database.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-project-'))
})
afterEach(async () => {
  await rm(folder, {recursive: true})
  delete process.env.DATABASE_URL
})

async function write(files: Record<string, string | Buffer>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), {recursive: true})
    await writeFile(join(folder, path), content)
  }
}

const config = async (text: string) => {
  await write({'pgext.json': text})
  return openProject(folder)
}

describe('settings', () => {
  test('every default without pgext.json', async () => {
    const project = await openProject(folder)
    expect(project).toMatchObject({
      folder,
      settings: DEFAULTS,
      migrationsFolder: join(folder, 'migrations'),
      queriesFolder: join(folder, 'queries'),
    })
    expect(project.databaseUrl).toBeUndefined()
  })

  test('what is given goes over the defaults', async () => {
    const {settings} = await config(
      '{"schema": "db", "external": {"schemas": ["auth"]}, "realtime": {"history": "1h"}, "calls": ["cron.schedule"], "$schema": "x"}',
    )
    expect(settings).toEqual({
      ...DEFAULTS,
      schema: ['db'],
      external: {schemas: ['auth'], extensions: []},
      realtime: {capture: 'auto', history: 3600},
      calls: ['cron.schedule'],
    })
  })

  test.each([
    [
      '{\n  "ignore": ["role *", "tabel public.tmp_*"]\n}',
      '"ignore" in pgext.json has a pattern that can\'t be read',
      /^"tabel public.tmp_\*" begins with no kind of object/,
      2,
      24,
    ],
    [
      '{"ignore": ["table tmp_*"]}',
      '"ignore" in pgext.json has a pattern that can\'t be read',
      /write "table public.tmp_\*"/,
      1,
      13,
    ],
    ['{"ignore": ["role a.b"]}', '"ignore" in pgext.json has a pattern that can\'t be read', /a role stands in no schema/, 1, 13],
    [
      '{"ignore": ["table public.my table"]}',
      '"ignore" in pgext.json has a pattern that can\'t be read',
      /names with spaces are quoted/,
      1,
      13,
    ],
    ['{\n  "shema": "x"\n}', 'pgext.json has an unknown key "shema"', 'did you mean "schema"?', 2, 3],
    [
      '{"external": {"schema": []}}',
      'pgext.json has an unknown key "external.schema"',
      'did you mean "external.schemas"?',
      1,
      15,
    ],
    ['{"whatever": 1}', 'pgext.json has an unknown key "whatever"', /^known: schema, /, 1, 2],
    ['{"ownership": "strickt"}', '"ownership" in pgext.json must be one of "lenient", "strict"', 'it is "strickt"', 1, 2],
    [
      '{"realtime": {"capture": "trigger"}}',
      '"realtime.capture" in pgext.json must be one of "auto", "wal", "queue"',
      'it is "trigger"',
      1,
      15,
    ],
    [
      '{"realtime": {"history": "5 minutes"}}',
      '"realtime.history" in pgext.json must be a time of up to a day, as "90s", "5m" or "1h"',
      undefined,
      1,
      15,
    ],
    [
      '{"realtime": {"history": "25h"}}',
      '"realtime.history" in pgext.json must be a time of up to a day, as "90s", "5m" or "1h"',
      undefined,
      1,
      15,
    ],
    // the place is that of the key meant, whatever else is called so
    [
      '{"functions": {"folder": "x"},\n "frontend": {"folder": 1}}',
      '"frontend.folder" in pgext.json must be a string',
      'it is 1',
      2,
      15,
    ],
    [
      '{"logs": {"rest": {"fil": "x"}}}',
      'pgext.json has an unknown key "logs.rest.fil"',
      'did you mean "logs.rest.file"?',
      1,
      20,
    ],
    ['{"logs": {"rest": {}}}', /^"logs.rest" in pgext.json must be {"file": "…"} or/, 'it is {}', 1, 11],
    [
      '{"serve": {"limits": {"rows": 0}}}',
      '"serve.limits.rows" in pgext.json must be a whole number from 1 to 1000000',
      'it is 0',
      1,
      23,
    ],
    ['{"dev": {"ports": {"api": 1}}}', 'pgext.json has an unknown key "dev.ports.api"', /^known: page, /, 1, 20],
    ['{"calls": "x"}', '"calls" in pgext.json must be a list of strings', 'it is "x"', 1, 2],
    ['{"schema": []}', '"schema" in pgext.json must be a path or a list of paths', 'it is []', 1, 2],
    ['{\n  "calls": [],\n}', 'pgext.json is not valid JSON', /comma/, 3, 1],
    ['{"calls": tru}', 'pgext.json is not valid JSON', /comma/, 1, 14],
    ['{"calls": [', 'pgext.json is not valid JSON', /comma/, 1, 12],
    ['[]', 'pgext.json must hold an object: {…}', undefined, 1, 1],
  ])('%s', async (text, message, hint, line, column) => {
    const error = await config(text).catch((error) => error)
    expect(error).toMatchObject({
      code: 'bad-config',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
      where: {file: 'pgext.json', line, column},
    })
    if (hint) expect(error.hint).toEqual(typeof hint === 'string' ? hint : expect.stringMatching(hint))
  })

  test('what is given in part goes over the defaults in part', async () => {
    const {settings} = await config(
      '{"serve": {"maxTokenAge": "2h", "limits": {"rows": 5}}, "dev": {"ports": {"rest": 4000}}, "frontend": "web", "logs": {"rest": {"file": "x"}}, "functions": {"versioned": true}}',
    )
    expect(settings).toEqual({
      ...DEFAULTS,
      serve: {...DEFAULTS.serve, maxTokenAge: 7200, limits: {...DEFAULTS.serve.limits, rows: 5}},
      dev: {...DEFAULTS.dev, ports: {...DEFAULTS.dev.ports, rest: 4000}},
      frontend: {folder: 'web'},
      logs: {rest: {file: 'x'}},
      versioned: true,
    })
  })

  test('the environment goes before .env, --url before both', async () => {
    await write({'.env': 'DATABASE_URL="postgres://file/x"\nSHADOW_DATABASE_URL=postgres://shadow/x\n'})
    expect(await openProject(folder)).toMatchObject({databaseUrl: 'postgres://file/x', shadowUrl: 'postgres://shadow/x'})
    process.env.DATABASE_URL = 'postgres://environment/x'
    expect((await openProject(folder)).databaseUrl).toBe('postgres://environment/x')
    expect((await openProject(folder, {url: 'postgres://flag/x'})).databaseUrl).toBe('postgres://flag/x')
  })

  test('where a bus is, is said in the environment or in pgext.json, and its password never', async () => {
    process.env.PGEXT_BUS = 'nats://someone:hidden@host:4222,tls://other'
    expect((await openProject(folder)).bus).toBe(process.env.PGEXT_BUS)
    process.env.PGEXT_BUS = 'http://someone:hidden@host'
    const wrong = await openProject(folder).catch((error) => error)
    delete process.env.PGEXT_BUS
    const written = await config('{"serve": {"bus": "http://someone:hidden@host"}}').catch((error) => error)
    for (const error of [wrong, written]) {
      expect(error).toMatchObject({code: 'bad-config'})
      expect(JSON.stringify([error.message, error.hint, error.where])).not.toContain('hidden')
    }
    expect((await config('{"serve": {"bus": "nats://host"}}')).settings.serve.bus).toBe('nats://host')
  })

  test('a folder that is not there', async () => {
    await expect(openProject(join(folder, 'no'))).rejects.toMatchObject({code: 'bad-config'})
  })
})

describe('sources', () => {
  test('files and folders, in an order of their own, functions last', async () => {
    await write({
      'pgext.json': '{"schema": ["first.sql", "db"], "functions": "db/functions", "migrations": "db/migrations"}',
      'first.sql': '1',
      'db/b.sql': '3',
      'db/a/z.sql': '2',
      'db/.#a.sql': 'x',
      'db/notes.txt': 'x',
      'db/migrations/1.sql': 'x',
      'db/functions/deep/f.sql': '5',
      'db/functions/a.sql': '4',
    })
    const found = await (await openProject(folder)).sources()
    expect(found.map(({path, text, holdsFunctions}) => [path, text, holdsFunctions])).toEqual([
      ['first.sql', '1', false],
      ['db/a/z.sql', '2', false],
      ['db/b.sql', '3', false],
      ['db/functions/a.sql', '4', true],
      ['db/functions/deep/f.sql', '5', true],
    ])
  })

  test('no schema.sql', async () => {
    const project = await openProject(folder)
    await expect(project.sources()).rejects.toMatchObject({code: 'bad-file', hint: expect.stringContaining('pgext init')})
    await write({'schema.sql': ''})
    expect(await project.sources()).toEqual([{path: 'schema.sql', text: '', holdsFunctions: false}])
  })

  const text = async (bytes: Buffer) => {
    await write({'schema.sql': bytes})
    return (await (await openProject(folder)).sources())[0]!.text
  }

  test.each([
    ['UTF-8', Buffer.from('é😀\r\nx')],
    ['UTF-8 with a BOM', Buffer.from('\ufeffé😀\r\nx')],
    ['UTF-16 LE', Buffer.from('\ufeffé😀\r\nx', 'utf16le')],
    ['UTF-16 BE', Buffer.from('\ufeffé😀\r\nx', 'utf16le').swap16()],
  ])('%s', async (_, bytes) => {
    expect(await text(bytes)).toBe('é😀\nx')
  })

  test.each([
    [
      Buffer.from([...Buffer.from('select 1;\nselect é'), 0xe9, 0x20, 0x41]),
      'schema.sql is not valid UTF-8: byte 19 (line 2) is 0xe9',
    ],
    [Buffer.from([0x41, 0xc3]), 'schema.sql is not valid UTF-8: byte 1 (line 1) is 0xc3'],
    [Buffer.from('a\nb', 'utf16le'), 'schema.sql holds a zero byte at line 1: it is no text'],
    [Buffer.from([0xff, 0xfe, 0x41]), 'schema.sql is not valid UTF-16, though it begins like it'],
    [Buffer.from([0xfe, 0xff, 0x00, 0x41, 0x41]), 'schema.sql is not valid UTF-16, though it begins like it'],
  ])('bad bytes', async (bytes, message) => {
    await expect(text(bytes)).rejects.toMatchObject({code: 'bad-file', message})
  })
})

describe('--from and --to', () => {
  test('a file, a project, a folder of files', async () => {
    await write({
      'one.sql': '1',
      'project/schema.sql': '2',
      'project/functions/f.sql': '3',
      'plain/b.sql': '5',
      'plain/a.sql': '4',
      'empty/x.txt': '',
    })
    expect(await readSources(join(folder, 'one.sql'))).toEqual([
      {path: join(folder, 'one.sql'), text: '1', holdsFunctions: false},
    ])
    expect((await readSources(join(folder, 'project'))).map(({text, holdsFunctions}) => [text, holdsFunctions])).toEqual([
      ['2', false],
      ['3', true],
    ])
    expect((await readSources(join(folder, 'plain'))).map(({text}) => text)).toEqual(['4', '5'])
    await expect(readSources(join(folder, 'empty'))).rejects.toMatchObject({code: 'bad-file'})
    await expect(readSources(join(folder, 'none'))).rejects.toMatchObject({code: 'bad-file'})
  })
})

describe('the database of a pgext dev that runs here', () => {
  const url = 'postgresql://postgres:secret@127.0.0.1:54320/app'
  const mine = markOf(process.pid)
  const [host] = mine.split(' ')
  test.each([
    ['it runs', mine, url],
    ['nobody here can tell: it is of another host', `another ${process.pid} 1`, url],
    ['it was killed', `${host} 2147483646 1`, undefined],
    ['another program has its process id now', `${host} ${process.pid} 1`, process.platform === 'linux' ? undefined : url],
    ['nothing says whose it is', '', undefined],
  ])('%s', async (_, lock, expected) => {
    await write({'.pgext/url': `${url}\n`, '.pgext/dev.pid': `${lock}\n`})
    const project = await openProject(folder)
    expect(project.databaseUrl).toBe(expected)
    if (expected) return
    const error = await targetOf(project).catch((error) => error)
    expect(error).toMatchObject({code: 'bad-config', message: expect.stringContaining('pgext dev was killed here')})
    expect((await openProject(folder, {url})).hasLostStack).toBeUndefined()
  })
})

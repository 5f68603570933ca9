// Entries in; the files they are written to, by one process or by several (which run dist/, as built).
import {spawn} from 'node:child_process'
import {appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {logFolder, openLog} from '../../src/logs/log.ts'
import type {LogEntry} from '../../src/logs/model.ts'
import {filesOf} from '../../src/logs/rotation.ts'

const root = mkdtempSync(join(tmpdir(), 'pgext-logs-'))
afterAll(() => rmSync(root, {recursive: true, force: true}))

const linesOf = (folder: string, source = 'dev'): LogEntry[] =>
  filesOf(folder, source).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  )

test('one line an entry, that nobody else may read, without passwords', () => {
  const folder = logFolder(join(root, 'one'))
  const log = openLog(folder, 'dev')
  log.write({message: 'two\nlines'}, {message: 'connecting to postgres://me:hunter2@h/d', level: 'error', code: '42P01'})
  log.write({message: '', statement: `alter role me password 'hunter''2' login`, detail: 'password=hunter2 host=h'})
  log.close()
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'dev.ndjson')).mode & 0o777).toBe(0o600)
  const [first, second, third] = linesOf(folder)
  expect(first).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
    source: 'dev',
    level: 'info',
    message: 'two\nlines',
  })
  expect(second).toMatchObject({message: 'connecting to postgres://me:***@h/d', level: 'error', code: '42P01'})
  expect(third).toMatchObject({statement: `alter role me password '***' login`, detail: 'password=*** host=h'})
})

test('texts that are long, or made to be slow to look at, are not', () => {
  const made = ['x', '://a:', "password='", 'eyJ-', 'eyJaaaaaaa.', 'password ', '-- '].map((text) =>
    text.repeat(100_000 / text.length),
  )
  const log = openLog(join(root, 'slow'), 'dev')
  const began = performance.now()
  for (const message of made) log.write({message})
  log.close()
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('what was cut off does not take the next line with it', () => {
  const folder = join(root, 'torn')
  const first = openLog(folder, 'dev')
  first.write({message: 'whole'})
  first.close()
  appendFileSync(join(folder, 'dev.ndjson'), '{"time":"2026')
  const second = openLog(folder, 'dev')
  second.write({message: 'after'})
  second.close()
  expect(readFileSync(join(folder, 'dev.ndjson'), 'utf8')).toMatch(/\n\{"time":"2026\n\{.*"after".*\}\n$/)
})

test('full files are put aside, and three of them are kept', () => {
  const folder = join(root, 'full')
  const log = openLog(folder, 'db', {full: 1000})
  for (let n = 0; n < 100; n++) log.write({message: `${n} ${'x'.repeat(50)}`})
  log.close()
  expect(readdirSync(folder).sort()).toEqual(['db.1.ndjson', 'db.2.ndjson', 'db.3.ndjson', 'db.ndjson'])
  for (const file of filesOf(folder, 'db')) expect(statSync(file).size).toBeLessThan(1200)
  const numbers = linesOf(folder, 'db').map(({message}) => Number.parseInt(message, 10))
  expect(numbers).toEqual(Array.from(numbers, (_, at) => 100 - numbers.length + at))
})

test('several processes write, and put files aside, and no line is lost or torn', async () => {
  const folder = join(root, 'several')
  const module = new URL('../../dist/logs/log.js', import.meta.url).href
  const code = `
    const {openLog} = await import(${JSON.stringify(module)})
    const log = openLog(${JSON.stringify(folder)}, 'dev', {full: 80_000, failed: (error) => { throw error }})
    for (let n = 0; n < 300; n++) { log.write({message: process.argv[1] + ' ' + n + ' ' + 'é'.repeat(50)}); await null }`
  const runs = ['a', 'b', 'c'].map(
    (name) =>
      new Promise((resolve) =>
        spawn(process.execPath, ['--input-type=module', '-e', code, name], {
          stdio: 'inherit',
        }).once('exit', resolve),
      ),
  )
  expect(await Promise.all(runs)).toEqual([0, 0, 0])
  const seen = new Map<string, number[]>()
  for (const {message} of linesOf(folder)) {
    const [name, n] = message.split(' ') as [string, string]
    seen.set(name, [...(seen.get(name) ?? []), Number(n)])
  }
  expect([...seen.keys()].sort()).toEqual(['a', 'b', 'c'])
  for (const numbers of seen.values()) expect(numbers).toEqual(Array.from({length: 300}, (_, n) => n))
})

test('a log that can not be written ends nothing, and is told once', () => {
  const said: string[] = []
  const log = openLog(join(root, 'one', '.pgext', 'logs', 'dev.ndjson', 'below'), 'dev', {
    failed: ({message}) => said.push(message),
  })
  log.write({message: 'a'})
  log.write({message: 'b'})
  expect(said).toHaveLength(1)
})

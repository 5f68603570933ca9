import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {pgextAgain as pgext} from './run.ts'

const COMMANDS = [
  'init',
  'diff',
  'migrate',
  'migrate:new',
  'migrate:status',
  'migrate:undo',
  'deploy-functions',
  'external',
  'dump',
  'db:create',
  'db:drop',
  'db:reset',
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-usage-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

describe('mistakes end with 1, never with 2, which means "different"', () => {
  test.each([
    [['diff', '--sumary'], 'nonexistent flag: --sumary'],
    [['diff', '--summary', '--sql'], 'cannot also be provided'],
    [['diff', '--allow', 'dataloss'], 'data-loss'],
    [['diff', '--url'], '--url expects a value'],
    [['diff', '--sumary'], 'did you mean --summary?'],
    [['migrate', '--no-onlin'], 'did you mean --no-online?'],
    [['diff', '--allow', 'dataloss'], 'did you mean --allow data-loss?'],
    [['token'], /^error: missing required flag role/],
    [['migrate:new'], /^error: missing: name, what it is for[^\n]*\nhint: [^\n]*\n$/],
    [['migrate', 'statuss'], 'did you mean pgext migrate:status?'],
    [['diff', '--to', 'nosuch'], 'a side is'],
    [['db:create', 'shop'], 'shop'],
  ])('%j', async (args, said) => {
    const {code, out, err} = await pgext(args, {cwd: folder})
    expect(err).toMatch(typeof said === 'string' ? new RegExp(said.replace(/[?.]/g, '\\$&')) : said)
    expect(err).toMatch(/^error: /m)
    expect(out).toBe('')
    expect(code).toBe(1)
  })

  test('an unknown command is named, with the one that was meant', async () => {
    const {code, err} = await pgext(['dif'], {cwd: folder})
    expect(code).toBe(1)
    expect(err).toBe('error: no such command: dif\nhint: did you mean pgext diff?\n')
  })

  test('an argument too many is named', async () => {
    const {code, err} = await pgext(['diff', 'x'], {cwd: folder})
    expect(code).toBe(1)
    expect(err).toContain('diff takes no argument: x')
  })

  test.each([
    ['diff', '--sumary', '--json'],
    ['dif', '--json'],
  ])('as JSON: %s %s', async (...args) => {
    const {code, out, err} = await pgext(args, {cwd: folder})
    expect(code).toBe(1)
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual({error: {code: 'usage', message: expect.any(String), hint: expect.any(String)}})
  })
})

describe('a database that does not answer', () => {
  const url = 'postgres://ada:sesame@127.0.0.1:1/shop'

  test('is one clear error with a hint, exit 1, and no password', async () => {
    const {code, out, err} = await pgext(['diff', '--from', url, '--to', url, '--sql'], {cwd: folder})
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toMatch(/^error: .*127\.0\.0\.1:1/m)
    expect(err).toMatch(/^hint: /m)
    expect(err).not.toContain('sesame')
  })

  test('the same as JSON', async () => {
    const {code, out} = await pgext(['db:create', '--json', '--url', url], {cwd: folder})
    expect(code).toBe(1)
    expect(JSON.parse(out).error).toMatchObject({code: 'connection-failed', hint: expect.any(String)})
    expect(out).not.toContain('sesame')
  })
})

describe('help', () => {
  test('lists every command in the colon form, and the exit codes', async () => {
    const {code, out} = await pgext(['--help'])
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(out).toContain(`  ${command} `)
    expect(out).toContain('EXIT CODES')
  })

  test.each(COMMANDS)('%s: an example, --json, a lower-case description, both spellings', async (command) => {
    const [colon, space] = await Promise.all([pgext([command, '--help']), pgext([...command.split(':'), '--help'])])
    expect(colon.code).toBe(0)
    expect(colon.out).toMatch(/^[a-z]/)
    expect(colon.out).toContain('--json')
    expect(colon.out).toContain(`EXAMPLES`)
    expect(colon.out).toMatch(new RegExp(`\\$ pgext ${command}( |$)`, 'm'))
    expect(space.out).toBe(colon.out)
  })

  test('pgext help diff is pgext diff --help', async () => {
    expect((await pgext(['help', 'diff'])).out).toBe((await pgext(['diff', '--help'])).out)
  })
})

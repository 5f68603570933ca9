// A project in; what pgext logs shows of what its commands did, of other programs' logs and of a server, and how it ends.
import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {appendFile, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {logFolder, openLog} from '../../src/logs/log.ts'
import type {LogEntry} from '../../src/logs/model.ts'
import {openSite, type Project, type Site} from './site.ts'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
/** of 2 MB */
const PARTS = process.env.PGEXT_MAJORS === 'all' ? 100 : 40
const BOOM = `create function boom(a int) returns int language plpgsql as $$
begin
  raise exception 'boom %', a;
end $$;
`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('shop', {'schema.sql': 'create table task (id int primary key);\n', 'functions/boom.sql': BOOM})
})
afterAll(() => site?.close())

const entriesOf = (out: string): LogEntry[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** A command that goes on, what it has said so far, and how it ended. */
function begin(folder: string, ...args: string[]) {
  const child = spawn(process.execPath, [RUN, 'logs', ...args], {cwd: folder, stdio: ['ignore', 'pipe', 'pipe']})
  const said = {out: '', err: ''}
  child.stdout.on('data', (bytes) => {
    said.out += bytes
  })
  child.stderr.on('data', (bytes) => {
    said.err += bytes
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const until = async (text: string) => {
    for (let n = 0; n < 100 && !said.out.includes(text); n++) await sleep(50)
    expect(said.out + said.err).toContain(text)
  }
  return {child, said, ended, until}
}

test('what migrate and deploy-functions did, and how they failed; nothing where there is no .pgext', async () => {
  await project.ends(0, 'migrate', '--name', 'first', '--yes', '--no-prove')
  expect(existsSync(join(project.folder, '.pgext'))).toBe(false)
  expect(await project.fails('logs', 'migrate')).toContain('there is no log of migrate')
  await mkdir(join(project.folder, '.pgext'))
  await project.ends(0, 'deploy-functions', '--no-prove')
  await project.write({'schema.sql': 'create table task (id int primary key, title text);\n'})
  await project.ends(0, 'migrate', '--name', 'titles', '--yes', '--no-prove')
  await project.write({'migrations/20990101T000000_late.sql': `select 1;\nselect nope from task where title = 'hunter2';\n`})
  await project.ends(0, 'migrate:sum')
  await project.fails('migrate', '--yes', '--no-prove')
  const {out} = await project.ends(0, 'logs', '--json')
  expect(entriesOf(out)).toMatchObject([
    {source: 'functions', level: 'info', message: 'deployed: 1', detail: '+ function public.boom(integer)', database: 'shop'},
    {source: 'migrate', message: expect.stringMatching(/^applied \d{8}T\d{6}_titles\.sql$/), duration: expect.any(Number)},
    {source: 'migrate', message: 'shop is up to date, migrations applied: 1'},
    {level: 'error', code: '42703', where: expect.stringMatching(/^migrations\/20990101T000000_late\.sql:2$/), database: 'shop'},
  ])
  expect(out).not.toContain('hunter2')
  const shown = (await project.ends(0, 'logs', '--level', 'warn')).out
  expect(shown).toMatch(/^\S+ {2}migrate {4}error {4}.*nope.* 42703\n\s+at migrations\/20990101T000000_late\.sql:2\n/)
  expect((await project.ends(0, 'logs', '--grep', 'up to date$')).out.trim().split('\n')).toHaveLength(1)
  expect(await project.fails('logs', '--grep', '(')).toContain("--grep can't be read")
})

test('files and commands of elsewhere, merged; the torn and the missing said', async () => {
  const other = await site.project('other', {
    'rest.log': '22/Nov/2026:09:48:42 +0000: Listening on port 3000\n22/Nov/2026:09:48:45 +0000: Schema cache loaded\n',
    'pgext.json': JSON.stringify({
      logs: {
        rest: {file: 'rest.log'},
        events: {
          command: [process.execPath, '-e', `console.log(JSON.stringify({time: '2026-11-22T09:48:43.5Z', message: 'serving'}))`],
        },
        db: {file: 'nowhere.log'},
        frontend: {command: ['no-such-program']},
      },
    }),
  })
  await mkdir(join(other.folder, '.pgext', 'logs'), {recursive: true})
  await writeFile(
    join(other.folder, '.pgext', 'logs', 'dev.ndjson'),
    '{"time":"2026-11-22T09:48:44.000Z","source":"dev","level":"info","message":"up \\u001b[2J"}\n{"time":"20',
  )
  const {out, err} = await other.ends(0, 'logs')
  expect(
    out
      .split('\n')
      .map((line) => line.replace(/^\S+ +/, '').replace(/ {2,}/g, '  '))
      .filter(Boolean),
  ).toEqual(['rest  Listening on port 3000', 'events  serving', 'dev  up \\u001b[2J', 'rest  Schema cache loaded'])
  expect(err).toContain('dev: a line that is none of JSON was skipped')
  expect(err).toContain('db: there is no file nowhere.log')
  expect(err).toContain("frontend: can't run no-such-program")
  expect(await other.fails('logs', 'db')).toContain('there is no file nowhere.log')
  await other.write({'pgext.json': '{"logs": {"rest": {"files": "rest.log"}}}'})
  expect(await other.fails('logs')).toContain('unknown key "logs.rest.files"')
})

test('followed until ctrl-C, which leaves nothing behind; until nobody reads on', async () => {
  const folder = join(site.folder, 'followed')
  await mkdir(join(folder, '.pgext'), {recursive: true})
  const follow = begin(folder, '-f')
  await sleep(600)
  const log = openLog(logFolder(folder), 'dev', {full: 3000})
  log.write({message: 'number 0'})
  await follow.until('number 0')
  for (let n = 1; n < 60; n++) log.write({message: `number ${n}`})
  await follow.until('number 59')
  expect(follow.said.out.match(/number \d+/g)).toEqual(Array.from({length: 60}, (_, n) => `number ${n}`))
  follow.child.kill('SIGINT')
  expect(await follow.ended).toBe(130)
  const head = begin(folder, '-f')
  await head.until('number 59')
  head.child.stdout.destroy()
  await sleep(100)
  log.write({message: 'nobody reads'}, {message: 'that'})
  expect(await head.ended).toBe(0)
  expect(head.said.err).not.toMatch(/error|EPIPE/i)
  log.close()
})

test('what is large is read in little memory, and only the last are shown', async () => {
  const folder = join(site.folder, 'large')
  await mkdir(folder, {recursive: true})
  const path = join(folder, 'app.ndjson')
  const text = 'x'.repeat(2000)
  for (let n = 0; n < PARTS; n++) {
    const lines = Array.from(
      {length: 1000},
      (_, at) => `${JSON.stringify({time: 1_700_000_000_000 + n * 1000 + at, message: `${n * 1000 + at} ${text}`})}\n`,
    )
    await appendFile(path, lines.join(''))
  }
  await writeFile(join(folder, 'pgext.json'), JSON.stringify({logs: {frontend: {file: 'app.ndjson'}}}))
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=60', RUN, 'logs', '--since', '2000-01-01', '--json', '--last', '3'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let out = ''
  for await (const bytes of child.stdout) out += bytes
  expect(entriesOf(out).map(({message}) => message.split(' ')[0])).toEqual([3, 2, 1].map((n) => `${PARTS * 1000 - n}`))
})

test('a server’s: what can not be read is said, and others are', async () => {
  const {err} = await project.ends(0, 'logs', '--url', project.url, 'db', 'functions')
  expect(err).toContain('logging_collector is off')
  expect(await project.fails('logs', 'db')).toContain('logging_collector is off')
})

test('a target’s, by its name or by --target; what is no source and no target is said', async () => {
  await project.write({
    'pgext.json':
      '{"targets": {"production": {"url": "PRODUCTION_URL"}, "db": {"url": "PRODUCTION_URL"}, "far": {"url": "FAR_URL"}}}',
    '.env': `PRODUCTION_URL=${project.url}\n`,
  })
  for (const words of [['production'], ['db', 'production'], ['production', 'db'], ['--target', 'db']])
    expect(await project.fails('logs', ...words)).toContain('logging_collector is off')
  expect(await project.fails('logs', 'production', 'migrate')).toContain('does not know where target production logs migrate')
  expect(await project.fails('logs', 'far')).toContain('FAR_URL, which is not set')
  expect(await project.fails('logs', 'producton')).toContain('did you mean production?')
  expect(await project.fails('logs', '--target', 'nowhere')).toContain('pgext.json has no target nowhere')
  expect(await project.fails('logs', 'production', '--target', 'far')).toContain('the log of one target at a time')
  expect(await project.fails('logs', 'production', '--url', project.url)).toContain('leave one of the two away')
})

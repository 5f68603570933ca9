// action.yml as GitHub runs it: its steps by bash, inputs as it hands them over, in a checkout of one commit; a server stands in for GitHub's.
import {execFileSync, spawn} from 'node:child_process'
import {appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, beforeEach, expect, test, vi} from 'vitest'
import {parse} from 'yaml'
import {pgextAgain} from './run.ts'

vi.setConfig({testTimeout: 240_000, hookTimeout: 240_000})

const ROOT = join(import.meta.dirname, '../..')
const TOKEN = 'ghs_notToBeSeen'

interface Comment {
  readonly id: number
  readonly body: string
  readonly html_url: string
  readonly user: {readonly login: string; readonly type: string}
}

let folder: string
let server: Server
let comments: Comment[] = []
let asked: string[] = []
let mayWrite = true

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-action-'))
  server = createServer(async (request, answer) => {
    const {method = '', url = ''} = request
    let text = ''
    for await (const chunk of request) text += chunk
    asked.push(`${method} ${url.split('?')[0]}`)
    const give = (status: number, value: unknown) => {
      answer.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(value))
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return give(401, {})
    if (method === 'GET') return url.startsWith('/user') ? give(403, {}) : give(200, pageOf(url))
    if (!mayWrite) return give(403, {message: 'Resource not accessible by integration'})
    const {body} = JSON.parse(text)
    if (method === 'POST') comments.push(commentOf(1000 + comments.length, body, 'Bot'))
    const id = method === 'POST' ? comments.at(-1)!.id : Number(url.split('/').at(-1))
    comments = comments.map((one) => (one.id === id ? {...one, body} : one))
    give(
      200,
      comments.find((one) => one.id === id),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  await prepare()
})
afterAll(async () => {
  server.close()
  await rm(folder, {recursive: true, force: true})
})
beforeEach(() => {
  asked = []
  mayWrite = true
})

const commentOf = (id: number, body: string, type: string): Comment => ({
  ...{id, body, html_url: `https://github.com/o/r/pull/7#issuecomment-${id}`},
  user: {login: 'x', type},
})
const pageOf = (url: string) => {
  const page = Number(new URL(url, 'http://x').searchParams.get('page'))
  return comments.slice((page - 1) * 100, page * 100)
}

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
    cwd,
    env: {...process.env, GIT_CONFIG_GLOBAL: '/dev/null'},
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
const write = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), {recursive: true})
  await writeFile(join(folder, path), text)
}

/** A repository with a branch and a pull request; a checkout as actions/checkout makes it: one commit, the merge of both. */
async function prepare(): Promise<void> {
  const source = join(folder, 'source')
  await write('source/db/schema.sql', 'CREATE TABLE notes (id int PRIMARY KEY, body text);\n')
  git(source, 'init', '-q')
  expect((await pgextAgain(['migrate:new', 'first'], {cwd: join(source, 'db')})).code).toBe(0)
  git(source, 'add', '-A')
  git(source, 'commit', '-qm', 'first')
  git(source, 'checkout', '-qb', 'topic')
  await write('source/db/schema.sql', 'CREATE TABLE notes (id int PRIMARY KEY, "a|`b<i>@team" text);\n')
  expect(
    (await pgextAgain(['migrate:new', 'second', '--allow', 'data-loss', '--no-rename', 'all'], {cwd: join(source, 'db')})).code,
  ).toBe(0)
  git(source, 'add', '-A')
  git(source, 'commit', '-qm', 'second')
  git(source, 'update-ref', 'refs/pull/7/merge', 'topic')
  await checkout('merge')
}

async function checkout(name: string): Promise<void> {
  const place = join(folder, name)
  await mkdir(place)
  git(place, 'init', '-q')
  git(place, 'remote', 'add', 'origin', `file://${join(folder, 'source')}`)
  git(place, 'fetch', '-q', '--depth=1', 'origin', '+refs/pull/7/merge:refs/remotes/pull/7/merge')
  git(place, 'checkout', '-q', '--force', 'refs/remotes/pull/7/merge')
  await mkdir(join(place, 'node_modules/.bin'), {recursive: true})
  await symlink(join(ROOT, 'bin/run.js'), join(place, 'node_modules/.bin/pgext'))
}

/** Every step, with what GitHub gives it. */
async function act(inputs: Record<string, string> = {}, event?: object) {
  const {inputs: known, runs, outputs} = parse(await readFile(join(ROOT, 'action.yml'), 'utf8'))
  expect(runs.using).toBe('composite')
  const values: Record<string, string> = {
    ...Object.fromEntries(Object.entries<{default?: string}>(known).map(([name, one]) => [name, one.default ?? ''])),
    folder: 'db',
    ...inputs,
  }
  const filled = (text: string): string =>
    text
      .replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => filled(values[name]!))
      .replace(/\$\{\{ github\.token \}\}/, TOKEN)
  const files = await mkdtemp(join(folder, 'run-'))
  const base = git(join(folder, 'source'), 'rev-parse', 'main')
  await writeFile(join(files, 'event.json'), JSON.stringify(event ?? {pull_request: {number: 7, base: {ref: 'main', sha: base}}}))
  for (const name of ['output', 'summary']) await writeFile(join(files, name), '')
  const {port} = server.address() as AddressInfo
  const {DATABASE_URL, SHADOW_DATABASE_URL, GITHUB_ACTIONS, ...rest} = process.env
  let [code, said] = [0, '']
  for (const step of runs.steps) {
    // what is written there is run as it stands: no input may be part of it
    expect(step.run).not.toContain('${{')
    const env = {
      ...rest,
      GITHUB_ACTION_PATH: ROOT,
      GITHUB_WORKSPACE: join(folder, 'merge'),
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_EVENT_PATH: join(files, 'event.json'),
      GITHUB_OUTPUT: join(files, 'output'),
      GITHUB_STEP_SUMMARY: join(files, 'summary'),
      RUNNER_TEMP: files,
      ...Object.fromEntries(Object.entries<string>(step.env).map(([name, text]) => [name, filled(text)])),
    }
    const child = spawn(step.shell, ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: join(folder, 'merge'),
      env,
    })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    code = await new Promise<number>((done) => child.once('close', (ended) => done(ended ?? -1)))
    if (code !== 0) break
  }
  const [output, summary] = await Promise.all(['output', 'summary'].map((name) => readFile(join(files, name), 'utf8')))
  const given = Object.fromEntries(
    output!
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/)),
  )
  expect(said + output + summary + comments.map(({body}) => body)).not.toContain(TOKEN)
  for (const name of Object.keys(given)) expect(Object.keys(outputs)).toContain(name)
  return {code, said, summary: summary!, given}
}

test('a comment is made once, kept up to date, and holds what new migrations do', async () => {
  // somebody may copy the mark of it
  comments = [...Array(101).keys()].map((id) => commentOf(id, '<!-- pgext db -->\nmine', 'User'))
  const first = await act()
  expect(first.code, first.said).toBe(0)
  expect(comments).toHaveLength(102)
  const {body, html_url} = comments.at(-1)!
  expect(body).toMatch(/^<!-- pgext db -->\n\n✅ `pgext check` in `db`: fine\n/)
  expect(body).toMatch(
    /### pgext: 1 new migration since `\w{7}`, 1 hazard\n\n- \*\*data-loss\*\* column body of public\.notes goes/,
  )
  expect(body).toContain(
    '`` ALTER TABLE public.notes ADD COLUMN "a\\|`b<i>@team" text ``'.replaceAll('`` ', '``').replaceAll(' ``', '``'),
  )
  expect(body).toContain('| `public.notes` ACCESS EXCLUSIVE |')
  expect(first.given).toMatchObject({fine: 'true', comment: html_url})
  expect(await readFile(first.given.plan, 'utf8').catch(() => body)).toContain('new migration')
  expect(first.summary).toContain(body)

  await appendFile(join(folder, 'merge/db/schema.sql'), 'CREATE TABLE more (id nothing);\n')
  const second = await act()
  expect(second.code).toBe(2)
  expect(second.said).toMatch(/^::error file=db\/schema\.sql,line=2,col=\d+,/m)
  expect(second.given).toMatchObject({fine: 'false', comment: html_url})
  expect(comments).toHaveLength(102)
  expect(comments.at(-1)!.body).toMatch(/❌ `pgext check` in `db`: to be mended\n\n- \*\*error\*\* `/)
  expect(comments.at(-1)!.body).toContain('(`db/schema.sql:2`)')
  git(join(folder, 'merge'), 'checkout', '-q', '.')
})

test('without the right to comment it stands in the summary, and the check decides', async () => {
  mayWrite = false
  comments = []
  const forked = await act()
  expect(forked.code).toBe(0)
  expect(forked.said).toContain('::notice title=pgext::No comment was written on the pull request (GitHub answered 403 to POST)')
  expect(forked.summary).toContain('**data-loss**')
  asked = []
  // a push of what was there: nothing to compare with, no pull request
  const pushed = await act({}, {before: '0'.repeat(40)})
  expect(pushed.code).toBe(0)
  expect(pushed.given).toEqual({fine: 'true'})
  expect(asked).toEqual([])
})

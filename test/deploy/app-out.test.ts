// A project in; the image's context, compose file and units that other places run it from, read by their own readers, and the entrypoint run, out.
import {execFile, execFileSync, spawn} from 'node:child_process'
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {createServer as createHttpServer} from 'node:http'
import {type AddressInfo, createServer} from 'node:net'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {DockerfileParser} from 'dockerfile-ast'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {parse} from 'yaml'
import {openSite, type Project, type Site} from '../commands/site.ts'

/** one that is free now */
const PORT = await new Promise<number>((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address() as AddressInfo
    server.close(() => resolve(port))
  })
})
const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

let site: Site
let app: Project
let dist: string
beforeAll(async () => {
  site = await openSite()
  app = await site.project('shop', {
    'pgext.json': JSON.stringify({
      serve: {port: PORT, anonymous: 'web'},
      targets: {production: {url: 'PRODUCTION_URL'}},
      frontend: {build: 'cp frontend/index.html frontend/built.html'},
    }),
    '.env': "PGEXT_JWT_SECRET='hunter2hunter2hunter2hunter2hunter2'\nPRODUCTION_URL='postgres://u:hunter2@h/d'\n",
    'schema.sql':
      "create table item (id int primary key);\ngrant select on item to web;\ncreate publication pg_events for table item with (publish = '');\n",
    'functions/one.sql': 'create function one() returns int language sql as $$ select 1 $$;\n',
    'migrations/20260101T000000_first.sql':
      "create table public.item (id int primary key);\ngrant select on public.item to web;\ncreate publication pg_events for table public.item with (publish = '');\n",
    'frontend/index.html': '<title>shop</title>\n',
    'frontend/.env': 'hunter2\n',
    'package.json': '{"private": true, "dependencies": {"pgext": "0.1.0"}}\n',
    'package-lock.json': '{"lockfileVersion": 3}\n',
  })
  dist = join(app.folder, 'dist')
  await app.ask('create role web')
  await app.ends(0, 'deploy', '--out', 'dist')
})
afterAll(() => site?.close())

const text = (name: string) => readFileSync(join(dist, name), 'utf8')
const files = () =>
  readdirSync(dist, {recursive: true, withFileTypes: true})
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(dist.length + 1))
    .sort()

test('no secret is among them, and all that an image needs is', () => {
  for (const name of files()) expect(text(name), name).not.toContain('hunter2')
  expect(files()).toEqual([
    '.dockerignore',
    '.env.example',
    '.gitignore',
    'Caddyfile',
    'Dockerfile',
    'app/functions/one.sql',
    'app/migrations/20260101T000000_first.sql',
    'app/package-lock.json',
    'app/package.json',
    'app/pgext.json',
    'app/schema.sql',
    'db/roles.sh',
    'docker-compose.yml',
    'entrypoint.sh',
    'page/built.html',
    'page/index.html',
    'systemd/pg_events_ws.service',
    'systemd/postgrest.service',
  ])
  expect(JSON.parse(text('app/pgext.json'))).toEqual({serve: {port: PORT, anonymous: 'web'}})
  for (const name of files()) expect(text(name), name).not.toContain('{{')
})

test('the Dockerfile: a small base, no development packages, nobody of power, a look at its health', () => {
  const file = DockerfileParser.parse(text('Dockerfile'))
  const all = file.getInstructions().map((one) => one.getKeyword())
  expect(all.every((word) => /^[A-Z]+$/.test(word))).toBe(true)
  expect(file.getFROMs().map((one) => one.getImage())).toEqual(['node:20-slim'])
  const of = (word: string) => file.getInstructions().filter((one) => one.getKeyword() === word)
  expect(of('RUN')[0]!.getArgumentsContent()).toContain('npm ci --omit=dev')
  expect(of('USER').map((one) => one.getArgumentsContent())).toEqual(['node'])
  expect(of('EXPOSE').map((one) => one.getArgumentsContent())).toEqual([String(PORT)])
  const [look] = file.getHEALTHCHECKs()
  expect(look!.getSubcommand()?.getValue()).toBe('CMD')
  const said = look!.getArgumentsContent()!
  const health = JSON.parse(said.slice(said.indexOf('[')))
  expect(health.slice(0, 2)).toEqual(['node', '-e'])
  for (const copied of file.getCOPYs())
    for (const one of copied.getArguments().slice(0, -1))
      expect(existsSync(join(dist, one.getValue())), one.getValue()).toBe(true)
})

test('the compose file: four services, each after what it needs, and no value of a secret', () => {
  const {services, volumes} = parse(text('docker-compose.yml'))
  expect(Object.keys(services)).toEqual(['db', 'events', 'api', 'page'])
  expect(services.events.depends_on.db.condition).toBe('service_healthy')
  expect(services.api.depends_on.events.condition).toBe('service_healthy')
  expect(services.api.environment).toEqual({PGRST_DB_SCHEMAS: 'public', PGRST_DB_ANON_ROLE: 'web', PGRST_SERVER_PORT: '3000'})
  expect(services.db.command).toContain('wal_level=logical')
  const named = Object.values<any>(services)
    .flatMap((one) => one.volumes ?? [])
    .map((one: string) => one.split(':')[0]!)
  for (const one of named) expect(one.startsWith('./') ? existsSync(join(dist, one)) : one in volumes, one).toBe(true)
  expect(text('db/roles.sh')).toContain('create role web nologin;')
  for (const name of ['entrypoint.sh', 'db/roles.sh']) execFileSync('sh', ['-n', join(dist, name)])
})

test('the units, as systemd reads them', () => {
  for (const name of ['pg_events_ws', 'postgrest']) {
    const path = join(dist, 'systemd', `${name}.service`)
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines.filter((line) => !/^(\[(Unit|Service|Install)\]|[A-Z]\w+=.+)$/.test(line))).toEqual([])
    expect(lines).toContain('DynamicUser=yes')
    expect(lines.filter((line) => line.startsWith('EnvironmentFile='))).toHaveLength(1)
    if (existsSync('/usr/bin/systemd-analyze')) {
      const said = execFileSync('sh', ['-c', `systemd-analyze verify "$0" 2>&1 || true`, path]).toString()
      expect(said.split('\n').filter((line) => line.includes(`${name}.service`))).toEqual([])
    }
  }
})

test('the entrypoint deploys, serves, and ends when it is told to', async () => {
  const folder = join(dist, 'app')
  mkdirSync(join(folder, 'node_modules/.bin'), {recursive: true})
  symlinkSync(RUN, join(folder, 'node_modules/.bin/pgext'))
  const env = {...process.env, DATABASE_URL: app.url, PGEXT_JWT_SECRET: 'hunter2hunter2hunter2hunter2hunter2'}
  const child = spawn('sh', ['../entrypoint.sh'], {cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe']})
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  const gone = new Promise<number | null>((resolve) => child.once('close', resolve))
  let isReady = false
  for (const end = Date.now() + 60_000; !isReady && Date.now() < end && child.exitCode === null; await sleep(100))
    isReady = await fetch(`http://127.0.0.1:${PORT}/ready`).then(
      ({ok}) => ok,
      () => false,
    )
  expect(isReady, said.join('')).toBe(true)
  expect(await app.ask('select one() as one')).toEqual([{one: 1}])

  // a deployment that looks whether the server is well
  const target = {url: 'PRODUCTION_URL', events: `http://127.0.0.1:${PORT}`}
  await app.write({'pgext.json': JSON.stringify({serve: {port: PORT, anonymous: 'web'}, targets: {production: target}})})
  await app.write({'functions/one.sql': 'create function one() returns int language sql as $$ select 2 $$;\n'})
  await app.write({'.env': `PRODUCTION_URL='${app.url}'\n`})
  expect((await app.ends(0, 'deploy', 'production', '--yes')).out).toContain(`http://127.0.0.1:${PORT} is ready`)
  child.kill('SIGTERM')
  expect(await gone, said.join('')).toBe(0)
})

const isFull = process.env.PGEXT_LOAD === 'full'
if (!isFull) console.info('skipped: npm ci of an image fetches 100 MB; PGEXT_LOAD=full runs it')

test.runIf(isFull)('the steps of the Dockerfile, by hand: npm ci, and the entrypoint out of what it installed', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const work = join(site.folder, 'image')
  mkdirSync(join(work, 'app'), {recursive: true})
  const env = {...process.env, NODE_ENV: 'production'}
  // this process answers meanwhile
  const npm = async (cwd: string, ...args: string[]) => (await promisify(execFile)('npm', args, {cwd, env})).stdout
  const packed = (await npm(root, 'pack', '--ignore-scripts', '--pack-destination', work)).trim().split('\n').at(-1)!
  // as a package that is published comes
  const registry = createHttpServer((_, response) => response.end(readFileSync(join(work, packed))))
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  try {
    const {port} = registry.address() as AddressInfo
    const manifest = {private: true, type: 'module', dependencies: {pgext: `http://127.0.0.1:${port}/${packed}`}}
    const shop = await site.project('packed', {
      'pgext.json': JSON.stringify({serve: {port: PORT}}),
      'schema.sql': 'create table item (id int primary key);\n',
      'functions/one.sql': 'create function one() returns int language sql as $$ select 1 $$;\n',
      'migrations/20260101T000000_first.sql': 'create table public.item (id int primary key);\n',
      'package.json': JSON.stringify(manifest),
    })
    const {err} = await shop.ends(0, 'deploy', '--out', 'dist')
    expect(err).toContain('npm install --package-lock-only')
    const built = join(shop.folder, 'dist')
    await npm(join(built, 'app'), 'install', '--package-lock-only')
    const run = DockerfileParser.parse(readFileSync(join(built, 'Dockerfile'), 'utf8'))
      .getInstructions()
      .find((one) => one.getKeyword() === 'RUN')!
    expect(run.getArgumentsContent()).toContain('npm ci --omit=dev')
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(built, 'app', name), join(work, 'app', name))
    await npm(join(work, 'app'), 'ci', '--omit=dev')
    cpSync(join(built, 'app'), join(work, 'app'), {recursive: true})
    const own = {...env, DATABASE_URL: shop.url}
    const said = execFileSync('sh', [join(built, 'entrypoint.sh'), 'deploy'], {cwd: join(work, 'app'), env: own, stdio: 'pipe'})
    expect(said.toString()).toContain('deployed packed: deployment 1')
    expect(await shop.ask('select one() as one')).toEqual([{one: 1}])
  } finally {
    registry.close()
  }
})

test('a folder of somebody else is left alone; a second time is fine', async () => {
  await app.ends(0, 'deploy', '--out', 'dist')
  mkdirSync(join(app.folder, 'other'))
  writeFileSync(join(app.folder, 'other/index.html'), '')
  expect((await app.ends(1, 'deploy', '--out', 'other')).err).toContain('did not write')
})

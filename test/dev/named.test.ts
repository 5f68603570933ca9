// A database that somebody named, and a front end with a program of its own, in; both used, and neither left running nor changed more than asked, out.
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {join} from 'node:path'
import postgres from 'postgres'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {makeProject, processesOf, type Running, removeProject, startDev} from './stack.ts'

let cluster: Cluster
let folder: string
let dev: Running
let url: string

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address() as {port: number}
      server.close(() => resolve(port))
    })
  })

beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  const admin = await connect(cluster.url('postgres'))
  await admin.script('create database theirs')
  await admin.close()
  url = cluster.url('theirs')
  const port = await freePort()
  folder = await makeProject('minimal', {frontend: {dev: 'node page/server.mjs & wait', url: `http://127.0.0.1:${port}`}})
  await mkdir(join(folder, 'page'))
  // as Vite and others do, it starts something itself
  await writeFile(
    join(folder, 'page/server.mjs'),
    `import {spawn} from 'node:child_process'
import {createServer} from 'node:http'
spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', ${JSON.stringify('FOLDER')}])
createServer((request, response) => response.end('by a program: ' + request.url)).listen(Number(process.env.PORT), '127.0.0.1')
`.replace('FOLDER', folder),
  )
  await writeFile(join(folder, 'schema.sql'), 'create table notes (id int primary key, body text not null);\n')
})
afterAll(async () => {
  await dev?.end()
  await cluster?.close()
  if (folder) await removeProject(folder)
})

test('the database that is named is brought to the files; the page is the program’s', async () => {
  dev = startDev(folder, ['--url', url])
  const {page} = await dev.ready()
  const sql = postgres(url.replace(/@\/([^?]*)\?host=([^&]*)&port=(\d+).*/, '@localhost/$1'), {
    host: new URL(url.replace('@/', '@localhost/')).searchParams.get('host')!,
    port: 5432,
    onnotice: () => {},
    max: 1,
  })
  await sql`insert into notes values (1, 'mine')`
  await expect
    .poll(async () => (await fetch(`${page}/src/a.ts`)).text().catch(() => ''), {timeout: 10_000})
    .toBe('by a program: /src/a.ts')
  const absent = dev.said.find(({service}) => service?.name === 'events')
  expect(absent?.service).toMatchObject({state: 'absent', note: expect.stringContaining('pg_events')})
  const from = dev.said.length
  await writeFile(
    join(folder, 'schema.sql'),
    `${await readFile(join(folder, 'schema.sql'), 'utf8')}create publication pg_events for table notes with (publish = '');\n`,
  )
  await dev.until(({service}) => service?.name === 'events' && service.state === 'ready', from)
  expect((await fetch(`${page}/events/health`)).status).toBe(200)
  expect(await sql`select body from notes`).toEqual([{body: 'mine'}])
  await sql.end()
})

test('ended, the database is there still, and nothing else', async () => {
  expect(await dev.end()).toBe(130)
  await expect.poll(() => processesOf(folder), {timeout: 8000}).toEqual([])
  const db = await connect(url)
  expect(await db.query('select count(*)::int as n from public.notes')).toEqual([{n: 1}])
  // a slot of the server of changes would keep the log for ever
  await expect
    .poll(() => db.query("select slot_name from pg_replication_slots where database = 'theirs'"), {timeout: 5000})
    .toEqual([])
  await db.close()
})

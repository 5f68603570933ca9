// A database with realtime tables and a server in front of it in; how long a row takes to its reader, how many are told a second, and at what cost, out.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {install} from '../dist/events/install.js'
import {connect} from '../dist/postgres/native.js'
import {startOnDisk} from './disk.js'
import {median} from './timing.js'

const {values} = parseArgs({
  options: {
    sockets: {type: 'string', default: '1000'},
    idle: {type: 'string', default: '10000'},
    rate: {type: 'string', default: '1000'},
    seconds: {type: 'string', default: '5'},
    runs: {type: 'string', default: '5'},
    only: {type: 'string', default: 'delay,fan,idle'},
  },
})
const [sockets, idle, rate, seconds, runs] = ['sockets', 'idle', 'rate', 'seconds', 'runs'].map((name) => Number(values[name]))
const only = values.only.split(',')
const ENGINES = ['wal', 'queue']
const SECRET = 'a secret of more than thirty-two bytes, for a bench'
const file = (name) => fileURLToPath(new URL(name, import.meta.url))

const SCHEMA = `
create table public.message (id bigint primary key, user_id text not null, body text, sent double precision);
alter table public.message enable row level security;
alter table public.message replica identity full;
create policy own on public.message to web_user using (user_id = (current_setting('request.jwt.claims', true)::json ->> 'sub'));
create table public.news (id bigint primary key, body text, sent double precision);
alter table public.news replica identity full;
grant select on public.message, public.news to web_user;
create publication pg_events for table public.message, public.news with (publish = '');
`

const database = await startOnDisk({max_connections: '150'})
const running = []
try {
  const admin = await connect(database.url('postgres'))
  await admin.script('create role web_user nologin')
  for (const engine of ENGINES) {
    await admin.script(`create database ${engine}`)
    const db = await connect(database.url(engine))
    await db.script(SCHEMA)
    await install(db, {capture: engine})
    await db.close()
  }
  const [{version}] = await admin.query('select version()')
  await admin.close()
  console.log(`${version.split(' on ')[0]}; server, clients and PostgreSQL on one machine; medians of ${runs}`)
  if (only.includes('delay')) for (const engine of ENGINES) await delay(engine)
  if (only.includes('fan')) await fan()
  if (only.includes('idle')) await idling()
} finally {
  for (const child of running) child.kill()
  await database.close()
}

/** The server in a process of its own, as it is run. */
async function serve(engine) {
  const child = spawn(process.execPath, [file('server.js'), database.url(engine), SECRET], {stdio: ['pipe', 'pipe', 'inherit']})
  running.push(child)
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const {port} = JSON.parse((await lines.next()).value)
  return {
    port,
    /** milliseconds of CPU so far, and bytes of memory */
    usage: async () => {
      child.stdin.write('usage\n')
      return JSON.parse((await lines.next()).value)
    },
    close: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

async function watch(port, count, mode) {
  const child = spawn(process.execPath, [file('watchers.js'), String(port), String(count), SECRET, mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.push(child)
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  if ((await lines.next()).value !== 'ready') throw new Error('the watchers ended')
  const say = async (what) => {
    child.stdin.write(`${what}\n`)
    return (await lines.next()).value
  }
  return {
    start: () => say('start'),
    tell: async () => JSON.parse(await say('tell')),
    close: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

/** Each row is one user's: nobody else may see it. */
async function delay(engine) {
  const server = await serve(engine)
  const watchers = await watch(server.port, sockets, 'delay')
  const found = []
  let id = 0
  for (let run = 0; run <= runs; run++) {
    await watchers.start()
    const before = await server.usage()
    const paced = spawn(
      process.execPath,
      [file('pace-rows.js'), database.url(engine), String(rate), String(seconds), String(sockets), String(id)],
      {
        stdio: 'inherit',
      },
    )
    await once(paced, 'exit')
    id += rate * seconds
    await sleep(500)
    const told = await watchers.tell()
    const after = await server.usage()
    // the first is for warming up
    if (run > 0) found.push({...told, cpu: (after.cpu - before.cpu) / seconds / 10})
  }
  const each = (pick) => median(found.map(pick))
  const [p50, p95, p99, most] = [0, 1, 2, 3].map((n) => each(({delays}) => delays[n]).toFixed(1))
  console.log(
    `${engine.padEnd(5)} ${rate.toLocaleString('en')} rows/s to ${sockets.toLocaleString('en')} sockets, one each: p50 ${p50}, p95 ${p95}, p99 ${p99}, most ${most} ms; ` +
      `${each(({changes}) => changes)} of ${rate * seconds} told; server ${each(({cpu}) => cpu).toFixed(0)} % of a core`,
  )
  await watchers.close()
  await server.close()
}

/** All see all of it: one row in a transaction, and many. */
async function fan() {
  const server = await serve('wal')
  const watchers = await watch(server.port, sockets, 'fan')
  const db = await connect(database.url('wal'))
  let id = 0
  for (const [name, transactions, rows] of [
    ['single', 100, 1],
    ['batched', 20, 100],
  ]) {
    const found = []
    for (let run = 0; run <= runs; run++) {
      await watchers.start()
      const before = await server.usage()
      for (let n = 0; n < transactions; n++) {
        await db.query(
          `insert into public.news select n, 'news of forty letters, more or less', 0 from generate_series($1::int, $2::int) n`,
          [id, id + rows - 1],
        )
        id += rows
        await sleep(5)
      }
      const wanted = transactions * rows * sockets
      let told
      for (let n = 0; n < 600; n++) {
        told = await watchers.tell()
        if (told.changes >= wanted) break
        await sleep(50)
      }
      const after = await server.usage()
      if (run > 0)
        found.push({
          frames: told.frames / (after.cpu - before.cpu),
          changes: told.changes / (after.cpu - before.cpu),
          isAll: told.changes === wanted,
        })
    }
    const each = (pick) => Math.round(median(found.map(pick)) * 1000).toLocaleString('en')
    console.log(
      `fan-out to ${sockets.toLocaleString('en')} sockets, ${name} (${rows} a transaction): ${each(({frames}) => frames)} messages, ${each(({changes}) => changes)} events ` +
        `a second of CPU${found.every(({isAll}) => isAll) ? '' : '; SOME WERE LOST'}`,
    )
  }
  await db.close()
  await watchers.close()
  await server.close()
}

async function idling() {
  const server = await serve('wal')
  const before = await server.usage()
  const watchers = await watch(server.port, idle, 'idle')
  const after = await server.usage()
  await sleep(3000)
  const later = await server.usage()
  console.log(
    `${idle.toLocaleString('en')} idle sockets: ${Math.round(after.memory / 2 ** 20)} MB (${Math.round(before.memory / 2 ** 20)} MB without), ${((later.cpu - after.cpu) / 30).toFixed(1)} % of a core`,
  )
  await watchers.close()
  await server.close()
}

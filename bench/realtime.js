// A database with realtime tables and a server in front of it in; how long a row takes to its reader, how many are told a second, and at what cost, out.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {install} from '../dist/events/install.js'
import {connect} from '../dist/postgres/native.js'
import {startOnDisk} from './disk.js'
import {listening} from './eventserv.js'
import {endAll, serve, start, watch} from './processes.js'
import {median} from './timing.js'

const {values} = parseArgs({
  options: {
    sockets: {type: 'string', default: '1000'},
    idle: {type: 'string', default: '10000'},
    queries: {type: 'string', default: '10000'},
    rate: {type: 'string', default: '1000'},
    seconds: {type: 'string', default: '4'},
    runs: {type: 'string', default: '5'},
    only: {type: 'string', default: 'delay,fan,idle,live,listen,sight'},
    // a folder: what the server's processor time goes to, for --cpu-prof's readers
    profile: {type: 'string'},
  },
})
const [sockets, idle, queries, rate, seconds, runs] = ['sockets', 'idle', 'queries', 'rate', 'seconds', 'runs'].map((name) =>
  Number(values[name]),
)
const ENGINES = ['wal', 'queue']
const FLAGS = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : []
const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const n = (number) => Math.round(number).toLocaleString('en')
const mb = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`

const SCHEMA = `
create table public.message (id bigint primary key, user_id text not null, body text, sent double precision);
alter table public.message enable row level security;
alter table public.message replica identity full;
create policy own on public.message to web_user using (user_id = (current_setting('request.jwt.claims', true)::json ->> 'sub'));
create table public.news (id bigint primary key, body text, sent double precision);
alter table public.news replica identity full;
create table public.note (id bigint primary key, room int not null, body text);
create index on public.note (room);
insert into public.note select n, n % 10000, 'a note of forty letters, more or less' from generate_series(1, 50000) n;
alter table public.note replica identity full;
grant select on public.message, public.news, public.note to web_user;
create publication pg_events for table public.message, public.news, public.note with (publish = '');
`

const PARTS = {
  delay: async () => {
    for (const engine of ENGINES) await delay(engine)
  },
  fan,
  idle: idling,
  live: async () => {
    await served()
    await library()
  },
  listen: () => listening(database.url('queue'), {sockets, runs}),
  sight: async () => {
    const sight = spawn(process.execPath, [file('sight.js'), '--runs', String(runs)], {stdio: 'inherit'})
    await once(sight, 'exit')
  },
}

const database = await startOnDisk({max_connections: '150'})
try {
  const admin = await connect(database.url('postgres'))
  await admin.script('create role web_user nologin')
  for (const engine of ENGINES) {
    await admin.script(`create database ${engine}`)
    const db = await connect(database.url(engine))
    await db.script(SCHEMA)
    await install(db, {capture: engine})
    await db.script('analyze public.note')
    await db.close()
  }
  const [{version}] = await admin.query('select version()')
  await admin.close()
  console.log(`${version.split(' on ')[0]}; server, clients and PostgreSQL on one machine; medians of ${runs}`)
  for (const part of values.only.split(',')) await PARTS[part]()
} finally {
  endAll()
  await database.close()
}

async function delay(engine) {
  const server = await serve(database.url(engine), FLAGS)
  const watchers = await watch(server.port, sockets, 'delay')
  const found = []
  let id = 0
  for (let run = 0; run <= runs; run++) {
    await watchers.start()
    const before = await server.usage()
    const args = [database.url(engine), rate, seconds, sockets, id].map(String)
    await once(spawn(process.execPath, [file('pace-rows.js'), ...args], {stdio: 'inherit'}), 'exit')
    id += rate * seconds
    const told = await watchers.until(rate * seconds)
    const after = await server.usage()
    // the first is for warming up
    if (run > 0) found.push({...told, cpu: (after.cpu - before.cpu) / seconds / 10})
  }
  const each = (pick) => median(found.map(pick))
  const [p50, p95, p99, most] = [0, 1, 2, 3].map((n) => each(({delays}) => delays[n]).toFixed(1))
  console.log(
    `${engine.padEnd(5)} ${n(rate)} rows/s to ${n(sockets)} sockets, one each: p50 ${p50}, p95 ${p95}, p99 ${p99}, most ${most} ms; ` +
      `${each(({changes}) => changes)} of ${rate * seconds} told; server ${each(({cpu}) => cpu).toFixed(0)} % of a core`,
  )
  await watchers.close()
  await server.close()
}

/** All see all of it: one row in a transaction, told before the next is written; as it comes; and many in one. */
async function fan() {
  const server = await serve(database.url('wal'), FLAGS)
  const watchers = await watch(server.port, sockets, 'fan')
  const db = await connect(database.url('wal'))
  let id = 0
  for (const [name, transactions, rows, isAlone] of [
    ['one row a transaction, each told before the next', 60, 1, true],
    ['one row a transaction, 200 a second at most', 200, 1, false],
    ['100 rows a transaction', 20, 100, false],
  ]) {
    const found = []
    for (let run = 0; run <= runs; run++) {
      await watchers.start()
      const before = await server.usage()
      for (let done = 1; done <= transactions; done++) {
        await db.query(
          `insert into public.news select n, 'news of forty letters, more or less', 0 from generate_series($1::int, $2::int) n`,
          [id, id + rows - 1],
        )
        id += rows
        if (isAlone) await watchers.until(done * sockets)
        else await sleep(5)
      }
      const {frames, changes} = await watchers.until(transactions * rows * sockets)
      const cpu = (await server.usage()).cpu - before.cpu
      const isAll = changes === transactions * rows * sockets
      if (run > 0) found.push({frames: (frames / cpu) * 1000, changes: (changes / cpu) * 1000, isAll})
    }
    const each = (pick) => n(median(found.map(pick)))
    console.log(
      `fan-out to ${n(sockets)} sockets, ${name}: ${each(({frames}) => frames)} messages, ${each(({changes}) => changes)} events ` +
        `a second of CPU${found.every(({isAll}) => isAll) ? '' : '; SOME WERE LOST'}`,
    )
  }
  await db.close()
  await watchers.close()
  await server.close()
}

async function idling() {
  const server = await serve(database.url('wal'), FLAGS)
  const before = await server.usage()
  const watchers = await watch(server.port, idle, 'idle')
  const after = await server.usage()
  await sleep(3000)
  const later = await server.usage()
  console.log(
    `${n(idle)} idle sockets: ${mb(after.memory)} (${mb(before.memory)} without), ${((later.cpu - after.cpu) / 30).toFixed(1)} % of a core`,
  )
  await watchers.close()
  await server.close()
}

/** Queries of files, asked for over sockets, ten by each: every change of their table runs all of them, together. */
async function served() {
  const server = await serve(database.url('wal'), FLAGS)
  const before = await server.usage()
  const began = performance.now()
  const watchers = await watch(server.port, queries / 10, 'live')
  const took = performance.now() - began
  await standing(
    `${n(queries)} live queries over ${n(queries / 10)} sockets`,
    took,
    before.memory,
    server.usage,
    async (told) => {
      await watchers.start()
      await told()
      await watchers.until(1)
    },
  )
  await watchers.close()
  await server.close()
}

/** The library's, each of which says which rows concern it: a change is looked up, and runs those alone. */
async function library() {
  const child = await start('lives.js', [database.url('wal'), queries], FLAGS)
  const usage = () => child.ask('usage')
  await standing(
    `${n(queries)} live queries of the library, with "refresh"`,
    child.began.milliseconds,
    undefined,
    usage,
    async (told) => {
      const before = (await usage()).told
      await told()
      while ((await usage()).told === before) await sleep(2)
    },
  )
  await child.close()
}

async function standing(name, took, without, usage, change) {
  await sleep(2000)
  const before = await usage()
  await sleep(10_000)
  const after = await usage()
  const db = await connect(database.url('wal'))
  const found = []
  for (let run = 0; run <= runs; run++) {
    const start = await usage()
    let began = 0
    await change(async () => {
      began = performance.now()
      await db.query(`update public.note set body = $2 where id = $1`, [7 + run, `another ${began}`])
    })
    const delay = performance.now() - began
    // what else it caused, and the throttle
    await sleep(1500)
    const cpu = (await usage()).cpu - start.cpu - ((after.cpu - before.cpu) / 10_000) * (performance.now() - began)
    if (run > 0) found.push({delay, cpu})
  }
  await db.close()
  console.log(
    `${name}: open after ${(took / 1000).toFixed(1)} s, ${mb(after.memory)}${without ? ` (${mb(without)} without)` : ''}; idle for ten seconds: ` +
      `${((after.cpu - before.cpu) / 100).toFixed(1)} % of a core; a change that one of them shows: told after ${median(found.map(({delay}) => delay)).toFixed(0)} ms, ` +
      `${Math.max(0, median(found.map(({cpu}) => cpu))).toFixed(0)} ms of CPU`,
  )
}

// How changes are captured in: nothing, the WAL, the queue, and a trigger that calls NOTIFY; what each costs its writers, and what readers get, out.
import {spawn, spawnSync} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {install} from '../dist/events/install.js'
import {openQueue} from '../dist/events/queue/queue.js'
import {openWal} from '../dist/events/wal/source.js'
import {connect} from '../dist/postgres/native.js'
import {startOnDisk} from './disk.js'
import {median} from './timing.js'

const {values} = parseArgs({
  options: {
    rows: {type: 'string', default: '100000'},
    runs: {type: 'string', default: '5'},
    clients: {type: 'string', default: '1,16,64'},
    seconds: {type: 'string', default: '5'},
    rate: {type: 'string', default: '1000'},
    url: {type: 'string'},
    only: {type: 'string', default: 'bulk,single,decode,delay'},
  },
})
const [rows, runs, seconds, rate] = [Number(values.rows), Number(values.runs), Number(values.seconds), Number(values.rate)]
const clients = values.clients.split(',').map(Number)
const only = values.only.split(',')

const CAPTURES = ['none', 'wal', 'queue', 'notify']
const ENGINES = ['wal', 'queue']
const SCHEMA = `
create table public.message (id bigint generated always as identity primary key, room int, author text, body text, at timestamptz default now());
create publication pg_events for table public.message with (publish = '');
`
const NOTIFY = `
create function public.tell() returns trigger language plpgsql as $$ begin
  perform pg_notify('message', row_to_json(new)::text); return null; end $$;
create trigger tell after insert or update on public.message for each row execute function public.tell();
`
const INSERT = `insert into public.message (room, author, body) select n % 100, 'user ' || n % 1000, 'a message of forty letters, more or less' from generate_series(1, ${rows}) n`
const SINGLE = `insert into public.message (room, author, body) values (:client_id, 'user', 'a message of forty letters, more or less');\n`
const PACE = fileURLToPath(new URL('pace.js', import.meta.url))

const server = values.url ? undefined : await startOnDisk()
const urlOf = (name) => (server ? server.url(name) : Object.assign(new URL(values.url), {pathname: `/${name}`}).href)
const folder = await mkdtemp(join(tmpdir(), 'pgext-events-'))
const hasPgbench = spawnSync('pgbench', ['--version']).status === 0
const made = []
try {
  const databases = {}
  for (const capture of CAPTURES) databases[capture] = await prepare(capture)
  const [{version}] = await asking(databases.none, 'select version()')
  console.log(`${version.split(' on ')[0]}; ${rows.toLocaleString('en')} rows, medians of ${runs}, commits wait for the disk`)
  if (!hasPgbench) console.log('pgbench is not in PATH: single rows are inserted by sessions of this process instead')
  if (only.includes('bulk')) await bulk(databases)
  if (only.includes('single')) await single(databases)
  if (only.includes('decode')) await decode(databases)
  if (only.includes('delay')) await delay(databases)
} finally {
  for (const name of made) await asking(urlOf('postgres'), `drop database if exists "${name}" with (force)`).catch(() => {})
  await server?.close()
  await rm(folder, {recursive: true, force: true})
}

async function prepare(capture) {
  const name = `pgext_events_${capture}`
  await asking(urlOf('postgres'), `drop database if exists "${name}" with (force)`)
  await asking(urlOf('postgres'), `create database "${name}"`)
  made.push(name)
  const db = await connect(urlOf(name))
  await db.script(SCHEMA)
  if (ENGINES.includes(capture)) await install(db, {capture})
  if (capture === 'notify') await db.script(NOTIFY)
  await db.close()
  return urlOf(name)
}

/** All of one round after the other, so that a slow moment of the machine is shared by all. */
async function each(databases, work) {
  const figures = Object.fromEntries(Object.keys(databases).map((capture) => [capture, []]))
  for (let run = 0; run < runs; run++)
    for (const [capture, url] of Object.entries(databases)) {
      await clear(capture, url)
      figures[capture].push(await work(url))
    }
  return (pick) => Object.fromEntries(Object.entries(figures).map(([capture, list]) => [capture, median(list.map(pick))]))
}

async function clear(capture, url) {
  const queue = capture === 'queue' ? 'truncate pgext.event_0, pgext.event_1, pgext.event_2;' : ''
  await asking(url, `truncate public.message restart identity; ${queue} checkpoint`)
}

async function bulk(databases) {
  const taken = await each(databases, async (url) => {
    const db = await connect(url)
    const insert = await timing(() => db.script(INSERT))
    const update = await timing(() => db.script(`update public.message set body = body || '!'`))
    await db.close()
    return {insert, update}
  })
  const [insert, update] = [taken((one) => one.insert), taken((one) => one.update)]
  console.log(
    `\n| ${rows.toLocaleString('en')} rows at once | insert, ms | × | update, ms | × |\n| --- | ---: | ---: | ---: | ---: |`,
  )
  for (const capture of CAPTURES)
    line(capture, show(insert[capture]), ratio(insert, capture), show(update[capture]), ratio(update, capture))
}

async function single(databases) {
  const file = join(folder, 'single.sql')
  await writeFile(file, SINGLE)
  const rates = []
  for (const count of clients)
    rates.push((await each(databases, (url) => (hasPgbench ? pgbench(url, file, count) : sessions(url, count))))((one) => one))
  console.log(`\n| single rows, a second | ${clients.map((count) => `${count} at a time | ×`).join(' | ')} |`)
  console.log(`| --- |${' ---: | ---: |'.repeat(clients.length)}`)
  for (const capture of CAPTURES) line(capture, ...rates.flatMap((rate) => [show(rate[capture]), ratio(rate, capture)]))
}

function pgbench(url, file, count) {
  const args = [
    '-n',
    '-M',
    'prepared',
    '-f',
    file,
    '-c',
    String(count),
    '-j',
    String(Math.min(2, count)),
    '-T',
    String(seconds),
    url,
  ]
  return new Promise((resolve, reject) => {
    const child = spawn('pgbench', args)
    let [out, err] = ['', '']
    child.stdout.on('data', (data) => (out += data))
    child.stderr.on('data', (data) => (err += data))
    child.once('close', () => {
      const tps = /tps = ([\d.]+)/.exec(out)?.[1]
      if (tps) resolve(Number(tps))
      else reject(new Error(`pgbench: ${err.trim().split('\n').at(-1)}`))
    })
  })
}

async function sessions(url, count) {
  const all = await Promise.all(Array.from({length: count}, () => connect(url)))
  let written = 0
  const until = performance.now() + seconds * 1000
  const write = async (db, at) => {
    for (; performance.now() < until; written++)
      await db.query(SINGLE.trim().replace(';', '').replace(':client_id', '$1::int'), [at])
    await db.close()
  }
  await Promise.all(all.map(write))
  return written / seconds
}

/** One transaction of all rows, which waits when the reader begins. */
async function decode(databases) {
  const taken = await each(engines(databases), async (url) => {
    await (await reader(url, 'bench')).close()
    await asking(url, INSERT)
    const cpu = process.cpuUsage()
    let read = 0
    let source
    const took = await timing(async () => {
      source = await reader(url, 'bench')
      for await (const {entries, last, token} of source.read()) {
        // the TRUNCATE before it comes too
        read += entries.filter(({operation}) => operation === 'INSERT').length
        await source.acknowledge(token)
        if (last && read > 0) break
      }
    })
    const {user, system} = process.cpuUsage(cpu)
    await source.close()
    if (read !== rows) throw new Error(`${read} of ${rows} rows came`)
    return {rate: (rows / took) * 1000, cpu: (user + system) / 1000}
  })
  console.log('\n| reading one transaction | rows a second | processor time of the reader, ms |\n| --- | ---: | ---: |')
  for (const engine of ENGINES) line(engine, show(taken((one) => one.rate)[engine]), show(taken((one) => one.cpu)[engine]))
}

/** From when a writer hears that a row is committed until it is handed over; both are processes of their own. */
async function delay(databases) {
  const taken = await each(engines(databases), async (url) => {
    const [arrived, most] = [[], rate * seconds]
    const source = await reader(url)
    const reading = (async () => {
      for await (const {entries} of source.read()) {
        const at = performance.timeOrigin + performance.now()
        for (const {row} of entries) arrived[Number(row[1])] = at
        if (arrived.length === most && !arrived.includes(undefined)) return
      }
    })()
    const committed = JSON.parse(await run(process.execPath, [PACE, url, String(rate), String(seconds)]))
    await reading
    await source.close()
    const late = committed.map((at, id) => Math.max(0, arrived[id] - at)).sort((a, b) => a - b)
    return [0.5, 0.95, 0.99, 1].map((part) => late[Math.min(late.length - 1, Math.floor(late.length * part))])
  })
  console.log(`\n| ${rate} rows a second | p50, ms | p95, ms | p99, ms | longest, ms |\n| --- | ---: | ---: | ---: | ---: |`)
  for (const engine of ENGINES) line(engine, ...[0, 1, 2, 3].map((at) => taken((one) => one[at])[engine].toFixed(1)))
}

function engines({wal, queue}) {
  return {wal, queue}
}

function reader(url, name) {
  return url === urlOf('pgext_events_wal') ? openWal(url, {name}) : openQueue(() => connect(url), {name})
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'inherit']})
    let out = ''
    child.stdout.on('data', (data) => (out += data))
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${args[0]} ended with ${code}`))))
  })
}

async function asking(url, sql) {
  const db = await connect(url)
  try {
    return (await db.script(sql)).at(-1)
  } finally {
    await db.close()
  }
}

async function timing(work) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function line(...cells) {
  console.log(`| ${cells.join(' | ')} |`)
}

function show(figure) {
  return Math.round(figure).toLocaleString('en')
}

function ratio(figures, capture) {
  return (figures[capture] / figures.none).toFixed(2)
}

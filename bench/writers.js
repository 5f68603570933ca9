// A table of a million rows under 16 writers in, while a migration changes it; how long any of them had to wait, online and not, out.
import {spawn} from 'node:child_process'
import {cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {connect} from '../dist/postgres/native.js'
import {findBinaries} from '../dist/shadow/binaries.js'
import {startCluster} from '../dist/shadow/cluster.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const {values} = parseArgs({
  options: {
    rows: {type: 'string', default: '1000000'},
    writers: {type: 'string', default: '16'},
    url: {type: 'string'},
  },
})
const [rows, writers] = [Number(values.rows), Number(values.writers)]

const BEFORE = `
create table users (id int primary key, name text not null);
create table orders (
  id bigint generated always as identity primary key,
  user_id int,
  reference text,
  email varchar(50) not null,
  total numeric(10, 2) not null default 0,
  created_at timestamptz not null default now()
);
`
const AFTER = `
create table users (id int primary key, name text not null);
create table orders (
  id bigint generated always as identity primary key,
  user_id int not null references users (id),
  reference text constraint orders_reference unique,
  email varchar(100) not null,
  total numeric(10, 2) not null default 0,
  created_at timestamptz not null default now()
);
create index orders_by_time on orders (created_at, user_id);
`
const FILL = `
insert into users select n, 'user ' || n from generate_series(1, 10000) n;
insert into orders (user_id, reference, email, total)
  select 1 + n % 10000, 'R' || n, 'user' || n || '@example.org', n % 1000 from generate_series(1, ${rows}) n;
analyze;
`

const binaries = findBinaries(18)
if (!values.url && !binaries) throw new Error('the embedded PostgreSQL is missing: npm install --include=optional, or give --url')
const cluster = values.url ? undefined : await startCluster(binaries)
const admin = await connect(values.url ?? cluster.url('postgres'))
const folder = await mkdtemp(join(tmpdir(), 'pgext-writers-'))
const made = []
try {
  const [{version}] = await admin.query('select version()')
  console.log(`${version.split(' on ')[0]}; ${rows.toLocaleString('en')} rows, ${writers} writers`)
  const template = await database('before')
  const first = await project('before', BEFORE)
  await pgext(first, template, 'migrate', '--name', 'before', '--yes')
  await run(template, FILL)
  const results = []
  for (const [name, flags] of [
    ['online', []],
    ['--no-online', ['--no-online']],
  ]) {
    const url = await database(name.replaceAll('-', '_'), 'before')
    const place = await project(name, AFTER, first)
    await pgext(place, url, 'migrate:new', 'after', ...flags)
    const busy = await startWriters(url)
    await sleep(5000)
    const calm = busy.take()
    const started = performance.now()
    await pgext(place, url, 'migrate', '--yes')
    const took = performance.now() - started
    const meanwhile = busy.take()
    await busy.end()
    results.push({name, took, calm, meanwhile})
  }
  console.log('\n| | migration took | writes a second, before | … during | longest stall, before | … during | 99.9 % below |')
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const {name, took, calm, meanwhile} of results) {
    const cells = [
      seconds(took),
      rate(calm),
      rate(meanwhile),
      seconds(calm.longest),
      seconds(meanwhile.longest),
      seconds(meanwhile.most),
    ]
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
} finally {
  for (const name of made) await admin.script(`drop database if exists "${name}" with (force)`).catch(() => {})
  await admin.close()
  await cluster?.close()
  await rm(folder, {recursive: true, force: true})
}

async function database(name, template) {
  const full = `pgext_writers_${name}`
  const from = template ? ` template "pgext_writers_${template}"` : ''
  await admin.script(`drop database if exists "${full}" with (force)`)
  await admin.script(`create database "${full}"${from}`)
  made.push(full)
  if (!values.url) return cluster.url(full)
  const url = new URL(values.url)
  url.pathname = `/${full}`
  return url.href
}

async function project(name, schema, from) {
  const place = join(folder, name)
  if (from) await cp(from, place, {recursive: true})
  else await mkdir(place)
  await writeFile(join(place, 'schema.sql'), schema)
  return place
}

function pgext(place, url, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, ...args, '-C', place], {
      env: {...process.env, DATABASE_URL: url},
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (data) => {
      said += data
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`pgext ${args.join(' ')} ended with ${code}: ${said}`)),
    )
  })
}

async function run(url, sql) {
  const db = await connect(url)
  await db.script(`set search_path = public; ${sql}`)
  await db.close()
}

/** Each writes row after row, one transaction each, and notes how long it took. */
async function startWriters(url) {
  const sessions = await Promise.all(Array.from({length: writers}, () => connect(url)))
  let [times, since, isOn] = [[], performance.now(), true]
  const write = async (db) => {
    const id = 1 + Math.floor(Math.random() * rows)
    if (id % 4 === 0)
      await db.query('insert into public.orders (user_id, email) values ($1::int, $2::text)', [
        1 + (id % 10000),
        `new${id}@example.org`,
      ])
    else await db.query('update public.orders set total = total + 1 where id = $1::bigint', [id])
  }
  const all = sessions.map(async (db) => {
    while (isOn) {
      const started = performance.now()
      await write(db)
      times.push(performance.now() - started)
    }
    await db.close()
  })
  return {
    take() {
      const taken = times.sort((a, b) => a - b)
      const lasted = performance.now() - since
      ;[times, since] = [[], performance.now()]
      return {rate: taken.length / (lasted / 1000), longest: taken.at(-1), most: taken[Math.floor(taken.length * 0.999)]}
    },
    async end() {
      isOn = false
      await Promise.all(all)
    },
  }
}

function seconds(milliseconds) {
  return milliseconds < 100 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`
}

function rate({rate}) {
  return Math.round(rate).toLocaleString('en')
}

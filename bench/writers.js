// A table of a million rows under 16 writers in, while a migration changes it; how long any of them had to wait, online and not, out.
import {cp, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {parseArgs} from 'node:util'
import {connect} from '../dist/postgres/native.js'
import {openPlace, pgext} from './place.js'

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

const {folder, version, database, close} = await openPlace('writers', values.url)
try {
  console.log(`${version}; ${rows.toLocaleString('en')} rows, ${writers} writers`)
  const template = await database('before')
  const first = await project('before', BEFORE)
  await pgext(template, ['migrate', '--name', 'before', '--yes', '-C', first])
  await run(template, FILL)
  const results = []
  for (const [name, flags] of [
    ['online', []],
    ['--no-online', ['--no-online']],
  ]) {
    const url = await database(name.replaceAll('-', '_'), 'before')
    const place = await project(name, AFTER, first)
    await pgext(url, ['migrate:new', 'after', ...flags, '-C', place])
    const busy = await startWriters(url)
    await sleep(5000)
    const calm = busy.take()
    const took = await pgext(url, ['migrate', '--yes', '-C', place])
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
  await close()
}

async function project(name, schema, from) {
  const place = join(folder, name)
  if (from) await cp(from, place, {recursive: true})
  else await mkdir(place)
  await writeFile(join(place, 'schema.sql'), schema)
  return place
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

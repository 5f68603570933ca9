// Schemas of growing size: how long a read, an equal diff and a diff of a few changes take, beside what other tools take for the same, in one run.
import {execFile} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {connect} from '../dist/postgres/native.js'
import {findBinaries} from '../dist/shadow/binaries.js'
import {startCluster} from '../dist/shadow/cluster.js'
import {PEERS} from './peers.js'
import {makeProject} from './project.js'
import {schemaSql} from './schema.js'
import {median, timed} from './timing.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const INSIDE = fileURLToPath(new URL('./inside.js', import.meta.url))

const {values: flags} = parseArgs({
  options: {
    tables: {type: 'string', default: '10,100,1000'},
    runs: {type: 'string', default: '5'},
    changed: {type: 'string', default: '2'},
    seed: {type: 'string', default: '1'},
    /** ms: a tool that took longer at one size is left out at the next */
    patience: {type: 'string', default: '60000'},
    url: {type: 'string'},
    help: {type: 'boolean', default: false},
  },
})

const HELP = `npm run bench -- [--tables 10,100,1000,10000] [--runs 5] [--changed 2] [--seed 1] [--patience 60000]
npm run bench -- --url postgres://…    on a server of yours, where databases are made and dropped, instead of the PostgreSQL that comes along
pg_dump, pg-schema-diff, pgschema, psqldef and pg-delta are taken from PATH where they are there.
`

const runs = Number(flags.runs)
if (flags.help) process.stdout.write(HELP)
else await main()

async function main() {
  const cluster = flags.url ? undefined : await startCluster(binaries())
  const place = (name) => (cluster ? cluster.url(name) : Object.assign(new URL(flags.url), {pathname: `/${name}`}).href)
  const impatient = new Set()
  try {
    for (const tables of flags.tables.split(',').map(Number)) await measure(tables, place, impatient)
  } finally {
    await cluster?.close()
  }
}

function binaries() {
  const found = findBinaries(18)
  if (!found) throw new Error('the embedded PostgreSQL is not installed: npm install --include=optional')
  return found
}

async function measure(tables, place, impatient) {
  const folder = await mkdtemp(join(tmpdir(), 'pgext-bench-'))
  const schema = (version) => schemaSql({tables, version, seed: Number(flags.seed), share: Number(flags.changed) / 100})
  const names = [1, 1, 2].map((_, n) => `pgext_bench_${process.pid}_${n}`)
  const [old, same, fresh] = names.map(place)
  try {
    for (const [n, url] of [old, same, fresh].entries()) await fill(place('postgres'), names[n], url, schema(n === 2 ? 2 : 1))
    const project = await makeProject(folder, schema(1))
    const inside = async () => JSON.parse(await output(process.execPath, [INSIDE, old, fresh]))
    const seen = new Map()
    const skipped = new Map()
    let facts
    const note = (name, ms) => seen.set(name, [...(seen.get(name) ?? []), ms])
    const jobs = [
      ['pgext: process start', () => timed(process.execPath, [RUN, '--version'])],
      ['pgext diff, files = migrations, both cached', () => cached(project)],
      ['pgext diff, two equal databases', () => pgext(old, same)],
      ['pgext diff --no-prove, some changed', () => pgext(old, fresh, '--no-prove')],
      ['pgext diff, some changed, proven', () => pgext(old, fresh)],
      ...PEERS.flatMap((peer) => peer.jobs({old, same, fresh, folder})),
    ]
    // the first one fills the cache
    await cached(project)
    // in turn, so that a machine that gets slower is unfair to nobody
    for (let run = 0; run < runs; run++) {
      facts = await inside()
      for (const [name, ms] of Object.entries(facts.times)) note(name, ms)
      for (const [name, job] of jobs) {
        if (impatient.has(name) || skipped.has(name)) continue
        try {
          note(name, await job())
        } catch (error) {
          skipped.set(name, error.message)
        }
      }
    }
    for (const [name, all] of seen) if (median(all) > Number(flags.patience)) impatient.add(name)
    print(tables, facts, seen, skipped)
  } finally {
    for (const name of names)
      await inDatabase(place('postgres'), (db) => db.query(`drop database if exists ${name} with (force)`))
    await rm(folder, {recursive: true, force: true})
  }
}

function cached(project) {
  return timed(process.execPath, [RUN, 'diff', '--from', 'migrations'], {cwd: project})
}

function pgext(from, to, ...more) {
  return timed(process.execPath, [RUN, 'diff', '--from', from, '--to', to, '--sql', ...more])
}

async function fill(admin, name, url, sql) {
  await inDatabase(admin, (db) => db.query(`create database ${name} template template0`))
  // no single transaction could lock 10,000 tables
  await inDatabase(url, async (db) => {
    await db.script('set search_path = public; set check_function_bodies = off')
    for (const part of sql.split('\n\n')) await db.script(part)
  })
}

async function inDatabase(url, work) {
  const db = await connect(url)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

function output(command, args) {
  return new Promise((resolve, reject) => {
    execFile(command, args, {maxBuffer: 1 << 24}, (error, stdout) => (error ? reject(error) : resolve(stdout)))
  })
}

function print(tables, {objects, changes, steps, trips, peak, major}, seen, skipped) {
  const dump = seen.has('pg_dump -s') ? median(seen.get('pg_dump -s')) : undefined
  const lines = [
    `${tables} tables: ${objects} objects, ${changes} differences, ${steps} steps; a read takes ${trips} round trips; peak memory ${Math.round(peak)} MB`,
    `PostgreSQL ${major}, median of ${runs}`,
    '',
    `  ${''.padEnd(48)}${'ms'.padStart(8)}   ÷ pg_dump -s`,
    ...[...seen].map(([name, all]) => {
      const ms = median(all)
      return `  ${name.padEnd(48)}${Math.round(ms).toString().padStart(8)}   ${dump ? (ms / dump).toFixed(2).padStart(8) : ''}`
    }),
    ...[...skipped].map(([name, why]) => `  ${name.padEnd(48)}       –   ${why.split('\n')[0].slice(0, 90)}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

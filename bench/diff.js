// How long `pgext diff` takes, whole and by its parts, on schemas made for it or on two databases of yours; beside it what pg_dump and psql take.
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {connect} from '../dist/postgres/native.js'
import {withDatabase} from '../dist/postgres/url.js'
import {findBinaries} from '../dist/shadow/binaries.js'
import {startCluster} from '../dist/shadow/cluster.js'
import {measureParts, PARTS} from './parts.js'
import {schemaSql} from './schema.js'
import {median, timed} from './timing.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))

const {values: flags} = parseArgs({
  options: {
    tables: {type: 'string', default: '10,100,1000'},
    runs: {type: 'string', default: '5'},
    seed: {type: 'string', default: '1'},
    from: {type: 'string'},
    to: {type: 'string'},
    json: {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
})

const HELP = `npm run bench:parts -- [--tables 10,100,1000] [--runs 5] [--seed 1] [--json]
npm run bench:parts -- --from postgres://…/old --to postgres://…/new     two databases of yours, which are only read;
                                                                   throwaway ones are made where pgext diff would make them
pg_dump and psql are taken from PATH where they are there, and fit the server.
`

const runs = Number(flags.runs)
if (flags.help) process.stdout.write(HELP)
else if (flags.from && flags.to) await report('two databases', flags.from, flags.to)
else await onGenerated(flags.tables.split(',').map(Number))

async function onGenerated(sizes) {
  const binaries = findBinaries(18)
  if (!binaries) throw new Error('the embedded PostgreSQL is not installed: npm install --include=optional')
  const cluster = await startCluster(binaries)
  try {
    for (const tables of sizes) {
      const [old, fresh] = await Promise.all([1, 2].map((version) => fill(cluster, tables, version)))
      await report(`${tables} tables`, old, fresh)
    }
  } finally {
    await cluster.close()
  }
}

async function fill(cluster, tables, version) {
  const name = `bench_${tables}_${version}`
  const url = cluster.url(name)
  await inDatabase(cluster.url('postgres'), (db) => db.query(`create database ${name}`))
  await inDatabase(url, (db) => db.script(`set search_path = public; ${schemaSql({tables, version, seed: Number(flags.seed)})}`))
  return url
}

async function inDatabase(url, work) {
  const db = await connect(url)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

async function report(title, from, to) {
  const folder = await mkdtemp(join(tmpdir(), 'pgext-bench-'))
  try {
    const others = await otherTools(from, folder)
    const diff = (...args) =>
      pgext('diff', '--from', from, '--to', args.includes('equal') ? from : to, '--sql', ...args.filter((a) => a !== 'equal'))
    const seen = {start: [], diff: [], plain: [], equal: [], dump: [], load: []}
    const parts = []
    let counts
    // everything in turn, so that a machine that gets slower is unfair to nobody
    for (let run = 0; run < runs; run++) {
      seen.start.push(await pgext('--version'))
      seen.diff.push(await diff())
      seen.plain.push(await diff('--no-prove'))
      seen.equal.push(await diff('equal'))
      const measured = await measureParts(from, to)
      parts.push(measured.times)
      counts = measured.counts
      for (const [name, tool] of Object.entries(others.tools)) seen[name].push(await tool())
    }
    print(
      title,
      counts,
      medians(seen),
      Object.fromEntries(PARTS.map((part) => [part, median(parts.map((one) => one[part] ?? 0))])),
      others.skipped,
    )
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** pg_dump of the schema, and psql loading that into an empty database. */
async function otherTools(from, folder) {
  const file = join(folder, 'schema.sql')
  const dump = () => timed('pg_dump', ['--schema-only', '--file', file, from])
  try {
    await dump()
  } catch (error) {
    return {tools: {}, skipped: error.message}
  }
  const empty = `pgext_bench_${process.pid}`
  const load = async () => {
    await inDatabase(withDatabase(from, 'postgres'), (db) => db.query(`create database ${empty} template template0`))
    try {
      return await timed('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-f', file, withDatabase(from, empty)])
    } finally {
      await inDatabase(withDatabase(from, 'postgres'), (db) => db.query(`drop database ${empty}`))
    }
  }
  try {
    await load()
  } catch (error) {
    return {tools: {dump}, skipped: error.message}
  }
  return {tools: {dump, load}, skipped: undefined}
}

function pgext(...args) {
  return timed(process.execPath, [RUN, ...args])
}

function medians(seen) {
  return Object.fromEntries(Object.entries(seen).map(([name, numbers]) => [name, median(numbers)]))
}

function print(title, counts, whole, parts, skipped) {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({title, runs, counts, whole, parts, skipped})}\n`)
    return
  }
  const sum = whole.start + Object.values(parts).reduce((a, b) => a + b, 0)
  const row = (name, ms, note) =>
    `  ${name.padEnd(44)}${ms === undefined ? '       –' : `${Math.round(ms)}`.padStart(8)}  ${note}`
  const share = (ms) => `${Math.round((100 * ms) / sum)} %`.padStart(6)
  const ratio = (ms) => (ms ? `${(whole.diff / ms).toFixed(1)}`.padStart(6) : '')
  const lines = [
    `${title}: ${counts.objects} objects, ${counts.changes} differences, ${counts.steps} steps; PostgreSQL ${counts.major}, median of ${runs}`,
    '',
    row('part', 'ms', ' share').replace('NaN', ' ms'),
    row('process start', whole.start, share(whole.start)),
    ...PARTS.map((part) => row(part, parts[part], share(parts[part]))),
    row('sum of the parts', sum, ''),
    '',
    row('whole', 'ms', ' diff ÷ it').replace('NaN', ' ms'),
    row('pgext diff', whole.diff, ratio(whole.diff)),
    row('pgext diff --no-prove', whole.plain, ratio(whole.plain)),
    row('pgext diff, nothing differs', whole.equal, ratio(whole.equal)),
    row('pg_dump -s', whole.dump, ratio(whole.dump)),
    row('psql -1 -f schema.sql', whole.load, ratio(whole.load)),
    ...(skipped ? [`  skipped: ${skipped}`] : []),
  ]
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

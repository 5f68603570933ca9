// A folder with a dump (new.sql, or schema.sql) in; how long `pgext check` takes on it, as schema.sql with 200 migrations that lead there: for the first time, with a file changed, and unchanged, out.
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {parseArgs} from 'node:util'
import {split} from '../dist/postgres/statements.js'
import {RUN} from './place.js'
import {schemaSql} from './schema.js'
import {median, timed} from './timing.js'

const {values} = parseArgs({
  options: {
    case: {type: 'string', default: process.env.PGEXT_CASE},
    tables: {type: 'string', default: '1000'},
    migrations: {type: 'string', default: '200'},
    runs: {type: 'string', default: '5'},
    cold: {type: 'string', default: '3'},
    keep: {type: 'boolean', default: false},
  },
})
const [count, runs, cold] = [values.migrations, values.runs, values.cold].map(Number)

const folder = await mkdtemp(join(tmpdir(), 'pgext-bench-check-'))
const project = join(folder, 'project')
const caches = []
try {
  const {sql, name} = await schemaOf()
  const statements = await layOut(sql)
  console.log(`${name}: ${statements} statements, ${count} migrations; ${runs} runs (${cold} of the first), whole processes\n`)
  console.log('| | milliseconds | least | most |')
  console.log('| --- | ---: | ---: | ---: |')
  await row('`pgext --version` (process start)', runs, () => pgext('--version'))
  await row('for the first time', cold, () => checked(freshCache()))
  const cache = caches.at(-1)
  await row('`schema.sql` changed', runs, async (n) => {
    await writeFile(join(project, 'schema.sql'), `${sql}\n-- ${n}\n`)
    return checked(cache)
  })
  await writeFile(join(project, 'schema.sql'), sql)
  const last = join(project, 'migrations', fileOf(count - 1))
  const text = await readFile(last, 'utf8')
  await row('the last migration changed', cold, async (n) => {
    await writeFile(last, `${text}\n-- ${n}\n`)
    return checked(cache)
  })
  await writeFile(last, text)
  await checked(cache)
  await row('unchanged', runs * 2, () => checked(cache))
} finally {
  if (values.keep) console.log(`\n${project}`)
  else await rm(folder, {recursive: true, force: true})
}

async function schemaOf() {
  if (!values.case) return {sql: schemaSql({tables: Number(values.tables)}), name: `${values.tables} tables of schema.js`}
  const dump = await readFile(join(values.case, 'new.sql'), 'utf8').catch(() => readFile(join(values.case, 'schema.sql'), 'utf8'))
  // pg_dump writes commands for psql around it
  return {sql: dump.replaceAll(/^\\.*\n/gm, ''), name: basename(values.case)}
}

/** As many statements in each migration: what they make grows until all is there. */
async function layOut(sql) {
  await mkdir(join(project, 'migrations'), {recursive: true})
  await writeFile(join(project, 'pgext.json'), '{}\n')
  await writeFile(join(project, 'schema.sql'), sql)
  const {statements} = await split(sql, 'schema.sql')
  const isSetting = ({kind, sql}) => kind === 'VariableSetStmt' || sql.includes('set_config')
  const head = values.case ? "SET search_path = '';\nSET check_function_bodies = off;\n" : ''
  const made = statements.filter((statement) => !isSetting(statement)).map(({sql}) => `${sql};\n`)
  const share = made.length / count
  for (let n = 0; n < count; n++) {
    const part = made.slice(Math.round(n * share), Math.round((n + 1) * share))
    await writeFile(join(project, 'migrations', fileOf(n)), `${head}\n${part.join('\n')}`)
  }
  return made.length
}

function fileOf(n) {
  const at = new Date(Date.UTC(2026, 0, 1) + n * 3_600_000)
  return `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}_part_${n}.sql`
}

function freshCache() {
  caches.push(join(folder, `cache${caches.length}`))
  return caches.at(-1)
}

function checked(cache) {
  return pgext('check', '-C', project, {cache})
}

function pgext(...args) {
  const options = typeof args.at(-1) === 'object' ? args.pop() : {}
  const env = {...process.env, ...(options.cache && {PGEXT_CACHE: options.cache})}
  return timed(process.execPath, [RUN, ...args], {env})
}

async function row(what, times, work) {
  const taken = []
  for (let n = 0; n < times; n++) taken.push(await work(n))
  console.log(`| ${what} | ${shown(median(taken))} | ${shown(Math.min(...taken))} | ${shown(Math.max(...taken))} |`)
}

function shown(milliseconds) {
  return Math.round(milliseconds).toLocaleString('en-US')
}

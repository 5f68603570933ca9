// Functions that call one another in; how long deploying them takes beside psql, all of them, none, one, and one as it is saved, out.
import {spawn} from 'node:child_process'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {parseArgs} from 'node:util'
import {connect} from '../dist/postgres/native.js'
import {openPlace, pgext, RUN} from './place.js'
import {median, timed} from './timing.js'

const {values} = parseArgs({
  options: {
    functions: {type: 'string', default: '500'},
    runs: {type: 'string', default: '5'},
    url: {type: 'string'},
  },
})
const [count, runs] = [Number(values.functions), Number(values.runs)]
const TABLES = 50

const schema = Array.from(
  {length: TABLES},
  (_, n) =>
    `create table t${n} (id bigint generated always as identity primary key, name text not null, amount numeric(10, 2));\n`,
).join('')

/** Each reads two tables and calls the one of half its number. */
function code(n, version = 0) {
  const call = n > 0 ? `found := f${n >> 1}(p_id, p_name);` : ''
  return `create or replace function f${n}(p_id bigint, p_name text) returns numeric language plpgsql stable as $$
declare
  found numeric := ${version};
  r record;
begin
  select amount into found from t${n % TABLES} where id = p_id and name = p_name;
  ${call}
  for r in select * from t${(n + 7) % TABLES} where name like p_name || '%' loop
    found := coalesce(found, 0) + r.amount;
  end loop;
  return found;
end $$;
`
}

const {folder, version, database, close} = await openPlace('functions', values.url)
try {
  console.log(`${version}; ${count} functions, medians of ${runs}\n`)
  await mkdir(join(folder, 'functions'))
  await writeFile(join(folder, 'schema.sql'), schema)
  await writeFile(join(folder, 'pgext.json'), '{}')
  const files = Array.from({length: count}, (_, n) => join(folder, 'functions', `f${n}.sql`))
  await Promise.all(files.map((file, n) => writeFile(file, code(n))))
  await writeFile(
    join(folder, 'all.sql'),
    `set check_function_bodies = off;\n${(await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n')}`,
  )
  const template = await database('template')
  await here(template, 'migrate', '--name', 'first', '--yes')
  const times = {}
  const time = async (what, work) => {
    times[what] ??= []
    times[what].push(await work())
  }
  for (let n = 0; n < runs; n++) {
    const url = await database(`run${n}`, 'template')
    await time('`psql -f` of one file with all of them', () => psql(url, '-f', join(folder, 'all.sql')))
    const url2 = await database(`own${n}`, 'template')
    await time('`psql` with `-f` for each file', () => psql(url2, ...files.flatMap((file) => ['-f', file])))
    const mine = await database(`mine${n}`, 'template')
    await time('`pgext --version` (process start)', () => pgext(mine, ['--version']))
    await time('`pgext deploy-functions`, all', () => here(mine, 'deploy-functions'))
    await time('`pgext deploy-functions`, all, bodies not checked', async () =>
      here(await database(`bare${n}`, 'template'), 'deploy-functions', '--no-check-bodies'),
    )
    await time('`pgext deploy-functions`, nothing to do', () => here(mine, 'deploy-functions'))
    const at = 1 + ((n * 37) % (count - 1))
    await writeFile(files[at], code(at, n + 1))
    await time('`pgext deploy-functions`, one changed', () => here(mine, 'deploy-functions'))
    await time('`psql -f` of that one', () => psql(mine, '-f', files[at]))
    if (n === runs - 1) times['`--watch`, from the save of one to its being live'] = await watched(mine, files)
    await writeFile(files[at], code(at))
  }
  console.log('| | milliseconds | ratio to `psql` with all files |')
  console.log('| --- | ---: | ---: |')
  const base = median(times['`psql` with `-f` for each file'])
  for (const [what, all] of Object.entries(times))
    console.log(`| ${what} | ${Math.round(median(all))} | ${(median(all) / base).toFixed(2)} |`)
} finally {
  await close()
}

function here(url, ...args) {
  return pgext(url, [...args, '-C', folder])
}

function psql(url, ...args) {
  return timed('psql', ['-q', '-X', '-v', 'ON_ERROR_STOP=1', ...args, url], {
    env: {...process.env, PGOPTIONS: '-c check_function_bodies=off'},
  })
}

/** How long until a call of the function answers as the file that was saved says. */
async function watched(url, files) {
  const child = spawn(process.execPath, [RUN, 'deploy-functions', '--watch', '-C', folder], {
    env: {...process.env, DATABASE_URL: url},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  const db = await connect(url)
  const taken = []
  try {
    await sleep(5000)
    for (let n = 1; n <= 5; n++) {
      const started = performance.now()
      await writeFile(files[n * 3], code(n * 3, 1000 + n))
      for (;;) {
        const [{there}] = await db.query('select prosrc like $1 as there from pg_catalog.pg_proc where proname = $2', [
          `%:= ${1000 + n};%`,
          `f${n * 3}`,
        ])
        if (there) break
        if (performance.now() - started > 20_000) throw new Error(`nothing was deployed: ${said}`)
        await sleep(2)
      }
      taken.push(performance.now() - started)
      await sleep(700)
    }
  } finally {
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('exit', resolve))
    await db.close()
  }
  return taken
}

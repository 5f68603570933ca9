// The main job from nothing to an applied migration, and a second version, on an embedded PostgreSQL. Prints what it runs.
import {spawn} from 'node:child_process'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {structuredPatch} from 'diff'
import {connect} from '../dist/postgres/native.js'
import {findBinaries} from '../dist/shadow/binaries.js'
import {startCluster} from '../dist/shadow/cluster.js'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const colours = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)

/** Each edit: a file, a text in it, and what stands there afterwards. */
const FIRST = [
  ['schema.sql', 'create table tasks (', "create type priority as enum ('low', 'high');\n\ncreate table tasks ("],
  ['schema.sql', '  completed boolean', "  priority priority not null default 'low',\n  completed boolean"],
]

const SECOND = [
  ['schema.sql', "enum ('low', 'high')", "enum ('low', 'high', 'urgent')"],
  [
    'schema.sql',
    "  title text not null check (title <> ''),",
    "  -- pgext:renamed-from title\n  summary text not null check (summary <> ''),\n  due_on date,",
  ],
  [
    'schema.sql',
    'create index tasks_of_user on tasks (user_id, created_at);',
    'create index tasks_of_user on tasks (user_id, created_at);\n\ncreate index tasks_due on tasks (due_on) where not completed;',
  ],
  ['schema.sql', '  using (user_id = current_user_id())', '  using (user_id = (select current_user_id()))'],
  ['functions/complete_task.sql', 'complete_task(task_id uuid)', 'complete_task(task_id uuid, done boolean default true)'],
  ['functions/complete_task.sql', 'set completed = true', 'set completed = done'],
]

const started = performance.now()
// ctrl-C ends the command that runs; what was started for the demo is then tidied below
process.on('SIGINT', () => {})
const binaries = findBinaries(18)
if (!binaries) {
  process.stderr.write(
    'error: the demo needs the embedded PostgreSQL, which npm did not install\nhint: npm install --include=optional\n',
  )
  process.exit(1)
}
const cluster = await startCluster(binaries)
const folder = await mkdtemp(join(tmpdir(), 'pgext-demo-'))
const shop = join(folder, 'shop')
const url = cluster.url('shop')
try {
  say('A PostgreSQL is started for this demo, and DATABASE_URL points to it.')
  await pgext(folder, 0, 'init', 'shop', '--yes')
  await edit('A first idea of our own: tasks have a priority.', FIRST)
  await pgext(shop, 0, 'db:create', '--role', 'authenticated', '--role', 'anon')
  await pgext(shop, 2, 'diff', '--summary')
  await pgext(shop, 0, 'migrate', '--name', 'first')
  await pgext(shop, 0, 'deploy-functions')
  await query(
    'Somebody uses it.',
    `with somebody as (insert into people (name, password) values ('ada', 'never signs in') returning id)
    insert into tasks (user_id, title, priority) select id, title, 'high'
    from somebody, unnest(array['buy milk', 'write the report', 'call Ada']) title
    returning title, priority, completed`,
  )
  await edit('Version 2: a column renamed, one added, an index, a faster policy, an enum value, a new signature.', SECOND)
  await pgext(shop, 2, 'diff')
  await pgext(shop, 0, 'migrate', '--name', 'second')
  await pgext(shop, 0, 'deploy-functions')
  await query('The rows are still there.', 'select summary, priority, due_on, completed from tasks order by summary')
  await pgext(shop, 0, 'migrate:status')
  await pgext(shop, 0, 'diff')
  say(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
} catch (error) {
  process.stderr.write(`\nthe demo failed: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await cluster.close()
  await rm(folder, {recursive: true, force: true})
}

function say(text) {
  process.stdout.write(`\n${paint(1, `# ${text}`)}\n`)
}

function pgext(cwd, expected, ...args) {
  process.stdout.write(`\n${paint(36, '$')} ${paint(1, ['pgext', ...args].join(' '))}\n`)
  return new Promise((resolve, reject) => {
    // a command that waits for an answer would wait for ever: nobody is there
    const child = spawn(process.execPath, [RUN, ...args], {
      cwd,
      env: {...process.env, DATABASE_URL: url},
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === expected ? resolve() : reject(new Error(`pgext ${args[0]} ended with ${code}, not with ${expected}`)),
    )
  })
}

async function edit(why, changes) {
  say(why)
  for (const file of new Set(changes.map(([name]) => name))) {
    const path = join(shop, file)
    const before = await readFile(path, 'utf8')
    const after = changes.filter(([name]) => name === file).reduce((text, [, from, to]) => replaced(text, from, to), before)
    await writeFile(path, after)
    show(file, before, after)
  }
}

function replaced(text, from, to) {
  if (!text.includes(from)) throw new Error(`the template no longer holds: ${from}`)
  return text.replace(from, () => to)
}

function show(file, before, after) {
  const {hunks} = structuredPatch(file, file, before, after, '', '', {context: 0})
  process.stdout.write(`\n${paint(2, `edit ${file}`)}\n`)
  for (const line of hunks.flatMap((hunk) => hunk.lines))
    process.stdout.write(`  ${paint(line.startsWith('+') ? 32 : 31, line)}\n`)
}

async function query(why, sql) {
  say(why)
  const db = await connect(url)
  try {
    await db.query('set search_path = public')
    table(await db.query(sql))
  } finally {
    await db.close()
  }
}

/** Rows under the names of their columns. */
function table(rows) {
  const names = Object.keys(rows[0])
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '–')))]
  const widths = names.map((_, n) => Math.max(...lines.map((line) => line[n].length)))
  for (const [n, line] of lines.entries()) {
    const text = line.map((cell, at) => cell.padEnd(widths[at])).join('   ')
    process.stdout.write(`  ${n === 0 ? paint(2, text.trimEnd()) : text.trimEnd()}\n`)
  }
}

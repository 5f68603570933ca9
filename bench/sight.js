// A way of judging and a number of viewers in; what one row judged for all of them costs, by each way, out.
import {readdirSync, readFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {connect} from '../dist/postgres/native.js'
import {openSight} from '../dist/realtime/sight/sight.js'
import {findBinaries} from '../dist/shadow/binaries.js'
import {startCluster} from '../dist/shadow/cluster.js'
import {median} from './timing.js'

const {values} = parseArgs({options: {viewers: {type: 'string', default: '1000'}, runs: {type: 'string', default: '5'}}})
const [viewers, runs] = [Number(values.viewers), Number(values.runs)]

const CLAIM = `current_setting('request.jwt.claims', true)::json ->> 'sub'`

/** Policies that take each way, and how many rows are judged at once. */
const WAYS = [
  ['privileges', undefined, 10_000],
  ['compiled, one viewer in all sees it (found by the claim)', 'owner = (select public.uid())', 100_000],
  ['compiled, each viewer is asked', `owner > (${CLAIM})::int and title <> 'secret'`, 1000],
  ['set', `title like (${CLAIM}) || '%'`, 200],
  ['viewer', `exists (select from public.friend f where f.of = task.owner and f.who = public.uid())`, 1],
]

const cluster = await startCluster(findBinaries(18))
try {
  const db = await connect(cluster.url('postgres'))
  await db.script(`create role server; create role member; grant member to server; grant usage on schema public to member;
    create function public.uid() returns int stable language sql as $$ select (${CLAIM})::int $$;
    create table public.friend (of int, who int, primary key (of, who)); insert into public.friend select n, n from generate_series(1, ${viewers}) n;
    grant select on public.friend to member`)
  for (const [name, using, rows] of WAYS) console.log(`${name}: ${await measure(db, using, rows)}`)
  await db.close()
} finally {
  await cluster.close()
}

async function measure(db, using, rows) {
  await db.script(`drop publication if exists pg_events; drop table if exists public.task; create table public.task (id int primary key, owner int, title text);
    grant select on public.task to member; create publication pg_events for table public.task with (publish = '');
    ${using ? `alter table public.task enable row level security; create policy own on public.task using (${using})` : ''}`)
  const sight = openSight(() => connect(cluster.url('postgres'), {role: 'server'}), {timeout: 60_000})
  const all = Array.from({length: viewers}, (_, n) => viewerOf(n + 1))
  const began = performance.now()
  const accesses = await Promise.all(all.map((viewer) => sight.join({schema: 'public', table: 'task'}, viewer)))
  const joined = performance.now() - began
  const [{relid, tier}] = accesses
  const columns = ['id', 'owner', 'title'].map((name, at) => ({name, type: at === 2 ? 25 : 23, key: at === 0}))
  const shape = {relid, schema: 'public', table: 'task', columns}
  const changes = Array.from({length: rows}, (_, n) => {
    return {kind: 'change', operation: 'INSERT', shape, row: [String(n), String((n % viewers) + 1), `${n} a title`]}
  })
  const times = []
  let spent
  for (let run = 0; run <= runs; run++) {
    if (run === 1) spent = processorTime()
    const start = performance.now()
    await sight.judge(changes)
    if (run > 0) times.push(((performance.now() - start) * 1000) / rows)
  }
  const processor = ((processorTime() - spent) * 1000) / rows / runs / viewers
  await sight.close()
  const cost = median(times)
  return `${tier}; ${cost.toFixed(cost < 10 ? 2 : 0)} µs a row for ${viewers} viewers, ${(cost / viewers).toFixed(4)} µs a viewer (processor time ${processor.toFixed(4)}); ${viewers} joined in ${joined.toFixed(0)} ms`
}

/** Milliseconds, of this process and of all PostgreSQL's that are its children's children: what says something on a busy machine too. */
function processorTime() {
  const {user, system} = process.cpuUsage()
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
        return [{pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12])}]
      } catch {
        return []
      }
    })
  const own = new Set([process.pid])
  for (let before = 0; before < own.size; ) {
    before = own.size
    for (const {pid, parent} of stats) if (own.has(parent)) own.add(pid)
  }
  own.delete(process.pid)
  return (user + system) / 1000 + stats.filter(({pid}) => own.has(pid)).reduce((sum, {ticks}) => sum + ticks * 10, 0)
}

function viewerOf(sub) {
  const claims = {sub, role: 'member', email: `${sub}@example.org`, aud: 'authenticated', exp: 1_900_000_000}
  const text = JSON.stringify(claims)
  return {role: 'member', claims, text, key: `member ${text}`}
}

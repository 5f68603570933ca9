// A PGlite that a program works with in; live queries beside its own statements, which see their rows and leave nothing in its session, out.
import {PGlite} from '@electric-sql/pglite'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {install} from '../../src/events/install.ts'
import {type LiveQueries, liveQueries} from '../../src/index.ts'
import {openPglite} from '../../src/postgres/pglite.ts'
import {pause} from './stage.ts'

let host: PGlite
let live: LiveQueries
const errors: string[] = []
beforeAll(async () => {
  host = await PGlite.create()
  await host.exec(`create table task (id int primary key, owner text, title text, at timestamptz default '2026-01-02 03:04:05+00');
    alter table task enable row level security; create role app; grant select, insert on task to app;
    create policy own on task using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
    create function titles(o text) returns bigint language plpgsql stable as $$ begin return (select count(*) from task where owner = o); end $$;
    create publication pg_events for table task`)
  const db = await openPglite({engine: host})
  await install(db, {capture: 'queue'})
  await db.close()
  await host.exec('discard all')
  await host.exec(`insert into task values (1, 'ann', 'a'), (2, 'bob', 'b')`)
  live = await liveQueries({pglite: host, onError: ({message}) => errors.push(message)})
})
afterAll(async () => {
  await live?.close()
  await host?.close()
})

const task = {sql: 'select id, title, at from task where id < $1 order by id', params: [100], throttleMs: 0}
const at = '2026-01-02T03:04:05+00:00'

test('rows, and whenever they have changed; each as its role and claims', async () => {
  const all = live.query(task)
  const [ann, bob] = ['ann', 'bob'].map((sub) => live.query({...task, as: {role: 'app', claims: {sub}}}))
  expect(await all.ready()).toEqual([
    {id: 1, title: 'a', at},
    {id: 2, title: 'b', at},
  ])
  expect(await ann!.ready()).toEqual([{id: 1, title: 'a', at}])
  expect(await bob!.ready()).toEqual([{id: 2, title: 'b', at}])
  const counted = live.query({sql: `select titles('ann')::int as n`, throttleMs: 0})
  expect([await counted.ready(), counted.warnings]).toEqual([[{n: 1}], []])
  await host.query('insert into task values ($1, $2, $3)', [3, 'ann', 'c'])
  await expect.poll(() => [ann!.rows?.length, bob!.rows?.length, all.rows?.length, counted.rows]).toEqual([2, 1, 3, [{n: 2}]])
  const wrong = live.query({...task, params: ['x'], onError: () => {}})
  await expect(wrong.ready()).rejects.toMatchObject({code: 'bad-params'})
  for (const query of [all, ann!, bob!, counted, wrong]) query.unsubscribe()
  expect(errors).toEqual([])
})

test('the session is the program’s: its settings, role and transactions stay, and nothing that is not committed is told', async () => {
  await host.exec(
    `set search_path = public, pg_catalog; set timezone = 'Asia/Tokyo'; set role app; set request.jwt.claims = '{"sub": "ann"}'`,
  )
  const shown = async () =>
    (
      await host.query(`select current_setting('search_path') p, current_setting('timezone') z, current_user::text u, current_setting('request.jwt.claims') c,
        current_setting('transaction_isolation') i, current_setting('transaction_read_only') r, current_setting('statement_timeout') t,
        (select count(*)::int from pg_proc where proname like 'pgext%') made`)
    ).rows[0]
  const before = await shown()
  const all = live.query(task)
  await all.ready()
  expect(await shown()).toEqual(before)
  await host.transaction(async (own) => {
    await own.query(`insert into public.task values (10, 'ann', 'mine')`)
    await pause(150)
    await own.rollback()
  })
  await host.exec('begin')
  await host.query(`insert into public.task values (11, 'ann', 'by hand')`)
  await pause(150)
  expect(all.rows?.length).toBe(3)
  await host.exec('commit')
  await expect.poll(() => all.rows?.map(({id}) => id)).toEqual([1, 2, 3, 11])
  expect(await shown()).toEqual(before)
  all.unsubscribe()
  expect(errors).toEqual([])
})

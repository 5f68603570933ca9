// A PGlite, whose sessions are one, in; that permission is judged on it as a SELECT would, by each way, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Change} from '../../src/events/model.ts'
import type {Db} from '../../src/postgres/db.ts'
import {openPglite, startPglite, stopPglite} from '../../src/postgres/pglite.ts'
import type {Viewer} from '../../src/realtime/model.ts'
import {openSight} from '../../src/realtime/sight/sight.ts'
import {shapeOf} from '../events/shapes.ts'

let engine: Awaited<ReturnType<typeof startPglite>>
let db: Db
beforeAll(async () => {
  engine = await startPglite()
  db = await openPglite({engine})
  await db.script(`create role member; grant usage on schema public to member; set search_path = public;
    create table friend (who int); insert into friend values (2); grant select on friend to member;
    create function uid() returns int stable language sql as $$ select (current_setting('request.jwt.claims', true)::json ->> 'sub')::int $$`)
}, 60_000)
afterAll(async () => {
  await stopPglite(engine)
})

const WAYS = [
  ['privileges', undefined],
  ['compiled', 'owner = uid()'],
  ['set', `title like uid()::text || '%'`],
  ['viewer', 'owner = uid() or exists (select from friend f where f.who = uid())'],
] as const

test.each(WAYS)('%s: %s', {timeout: 30_000}, async (tier, using) => {
  await db.script(`set search_path = public; drop publication if exists pg_events; drop table if exists task; create table task (id int primary key, owner int, title text);
    grant select on task to member; create publication pg_events for table task with (publish = ''); insert into task values (1, 1, '1st'), (2, 2, '2nd'), (3, null, null);
    ${using ? `alter table task enable row level security; create policy own on task using (${using})` : ''}`)
  const sight = openSight(() => openPglite({engine}))
  const viewers = [1, 2, 3].map((sub): Viewer => {
    const text = JSON.stringify({sub})
    return {role: 'member', claims: {sub}, text, key: text}
  })
  const accesses = await Promise.all(viewers.map((viewer) => sight.join({schema: 'public', table: 'task'}, viewer)))
  expect(accesses.map((access) => access!.tier)).toEqual([tier, tier, tier])
  const shape = await shapeOf(db, 'public.task')
  const rows = (await db.query('select id, owner, title from public.task order by id')).map(({id, owner, title}) => [
    id,
    owner,
    title,
  ])
  const changes = rows.map((row): Change => {
    return {kind: 'change', operation: 'INSERT', shape, row: row.map((value) => (value === null ? null : String(value)))}
  })
  // looks and judgements at once: one backend does all of it
  const [judged] = await Promise.all([sight.judge(changes), sight.look(), sight.judge(changes)])
  for (const viewer of viewers) {
    await db.script(`begin; set local role member; select set_config('request.jwt.claims', '${viewer.text}', true)`)
    const truth = (await db.query('select id from public.task order by id')).map(({id}) => id)
    await db.script('rollback')
    const seen = judged.flatMap(({row}, at) => (row!.by === 'all' || row!.by.has(viewer) ? [at + 1] : []))
    expect(seen).toEqual(truth)
  }
  await sight.close()
})

// Columns that change their type: how their values go over is said in the file, and asked for where nobody else can know it.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const BEFORE = `
create domain stamp as timestamp;
create table visits (
  id int primary key,
  at timestamp not null,
  seen timestamptz[],
  day date,
  length text,
  other stamp
);
create table kept (id int primary key, opens time);
`
const NEW = (at = '', length = '') => `
create domain stamp as timestamptz;
create table visits (
  id int primary key,
  ${at}
  at timestamptz not null,
  seen timestamp[],
  day timestamptz,
  ${length}
  length integer,
  other stamp
);
create table kept (id int primary key, opens timetz);
`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('using', {'schema.sql': BEFORE})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ask(
    `insert into visits values (1, '2024-07-01 12:00', '{2024-07-01 12:00+00}', '2024-07-01', '7 m', '2024-07-01 12:00')`,
  )
})
afterAll(() => site?.close())

test('what goes by the time zone is asked for, all of it', async () => {
  await project.write({'schema.sql': NEW()})
  const {out, err} = await project.ends(1, 'migrate')
  const all = `${out}${err}`
  for (const one of ['visits.at', 'visits.seen', 'visits.day', 'kept.opens', 'public.stamp']) expect(all).toContain(one)
  expect(all).toContain('nothing was written')
  expect(all).toContain('pgext:using (created_at AT TIME ZONE')
})

test('a line above the column says it', async () => {
  const at = `-- pgext:using (at AT TIME ZONE 'Europe/Berlin')`
  const length = `-- pgext:using metres(length)`
  await project.write({
    'schema.sql': `create function metres(said text) returns int language sql immutable as $$ select split_part(said, ' ', 1)::int $$;${NEW(at, length)}`,
  })
  const refused = await project.ends(1, 'migrate')
  expect(`${refused.out}${refused.err}`).not.toContain('values of public.visits.at')
  await project.ends(0, 'migrate', '--name', 'zones', '--allow', 'time-zone')
  const [row] = await project.ask(`set timezone = 'Asia/Tokyo'; select at at time zone 'UTC' = '2024-07-01 10:00' as at, length,
    other at time zone 'UTC' = '2024-07-01 12:00' as other, seen = '{2024-07-01 12:00}' as seen, day at time zone 'UTC' = '2024-07-01' as day from visits`)
  expect(row).toEqual({at: true, length: 7, other: true, seen: true, day: true})
  const {out, err} = await project.ends(0, 'diff')
  for (const one of ['public.visits.at', 'public.visits.length'])
    expect(`${out}${err}`).toContain(`${one} has its type already: -- pgext:using above it (schema.sql:`)
})

test('a line that was used before is asked for when the type changes again', async () => {
  const length = '-- pgext:using metres(length)'
  const text = `create function metres(said text) returns int language sql immutable as $$ select 7 $$;
    create function metres(said int) returns int language sql immutable as $$ select said $$;${NEW('', length)}`
  await project.write({'schema.sql': text.replace('length integer', 'length bigint')})
  const {out, err} = await project.ends(2, 'diff', '--from', 'migrations')
  expect(`${out}${err}`).toMatch(
    /values of public.visits.length go over, as it did in migrations\/\d+T\d+_zones.sql: is it meant/,
  )
})

test.each([
  ['-- pgext:using a, b', 'needs an expression'],
  ['-- pgext:using', 'needs an expression'],
  ['-- pgext:using a; drop table visits', 'needs an expression'],
  ['-- pgext:using a from visits', 'needs an expression'],
  ['-- pgext:using a -- b', 'needs an expression'],
  ['-- pgext:using a as b', 'needs an expression'],
])('%s', async (line, words) => {
  await project.write({'schema.sql': NEW(line)})
  const {out, err} = await project.ends(1, 'diff')
  expect(`${out}${err}`).toContain(words)
})

test('it stands above columns alone', async () => {
  await project.write({'schema.sql': `-- pgext:using a\n${NEW()}`})
  const {out, err} = await project.ends(1, 'diff')
  expect(`${out}${err}`).toContain('stands above no column')
})

// --measure: what each step of a plan locks, writes anew and reads, as PostgreSQL shows it while the plan runs on a copy.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const BEFORE = `
create function one() returns integer language sql volatile as 'select 1';
create table customers (id bigint primary key);
create table orders (id bigint primary key, customer bigint, note text);
`
const AFTER = BEFORE.replace('customer bigint,', 'customer bigint constraint orders_customer_fkey references customers,').concat(
  'create index orders_note_idx on orders (note);\n',
)

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('measured', {'schema.sql': BEFORE})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ask('insert into customers values (1); insert into orders values (1, 1)')
  await project.write({'schema.sql': AFTER})
})
afterAll(() => site?.close())

test('each step says what was seen, CONCURRENTLY too; nothing is applied', async () => {
  const {out, err} = await project.ends(2, 'migrate', '--dry-run', '--measure')
  const above = (statement: string) => {
    const lines = out.split('\n')
    const at = lines.findIndex((line) => line.startsWith(statement))
    expect(at, `${statement} in\n${out}`).toBeGreaterThan(0)
    const start = lines.findLastIndex((line, n) => n < at && !line.startsWith('--'))
    return lines.slice(start + 1, at).join('\n')
  }
  expect(above('CREATE INDEX CONCURRENTLY orders_note_idx')).toMatch(
    /measured: locks public\.orders \(.*\): SHARE UPDATE EXCLUSIVE, reads every row/,
  )
  expect(above('ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fkey')).toMatch(
    /measured: locks public\.customers.*: SHARE ROW EXCLUSIVE$/m,
  )
  expect(above('ALTER TABLE public.orders VALIDATE')).toMatch(
    /measured: locks public\.orders .*: SHARE UPDATE EXCLUSIVE, reads every row/,
  )
  expect(out).not.toMatch(/^-- locks/m)
  expect(err).toMatch(/^measured on PostgreSQL 18: 3 steps$/m)
  expect(await project.migrations()).toHaveLength(1)
})

test('what was said otherwise is named, and the hazard with it goes', async () => {
  await project.write({'schema.sql': BEFORE.replace('note text', 'note text, added integer default one()')})
  const plain = await project.ends(2, 'diff', '--no-online')
  expect(plain.err).toMatch(/^rewrite every row of public\.orders is written again/m)
  const {out, err} = await project.ends(2, 'diff', '--no-online', '--measure')
  expect(out).toContain('-- measured: locks public.orders')
  expect(out).not.toContain('writes every row again')
  expect(err).not.toMatch(/^rewrite /m)
  expect(err).toMatch(
    /^note: measured otherwise than said, of ALTER TABLE public\.orders ADD COLUMN added.*: it locks ACCESS EXCLUSIVE on public\.orders; said was ACCESS EXCLUSIVE on public\.orders, writes public\.orders anew$/m,
  )
  expect(err).toMatch(/^measured on PostgreSQL 18: 1 step, 1 of them otherwise than said$/m)
})

test('--json has it all', async () => {
  await project.write({'schema.sql': BEFORE.replace('note text', 'note text, added integer default one()')})
  const found = JSON.parse((await project.ends(2, 'diff', '--no-online', '--measure', '--json')).out)
  expect(found.steps).toMatchObject([
    {
      measured: true,
      unknown: false,
      locks: [{relation: 'public.orders', mode: 'ACCESS EXCLUSIVE', rewrites: false, scans: false}],
    },
  ])
  expect(found.measured).toMatchObject({
    steps: 1,
    differing: [
      {seen: 'ACCESS EXCLUSIVE on public.orders', said: 'ACCESS EXCLUSIVE on public.orders, writes public.orders anew'},
    ],
    unmeasured: [],
  })
  const dry = JSON.parse((await project.ends(2, 'migrate', '--dry-run', '--no-online', '--measure', '--json')).out)
  expect(dry.measured.steps).toBe(1)
  expect(dry.steps[0].measured).toBe(true)
})

test('renames, and steps that move rows by code, are measured as well', async () => {
  await project.write({
    'schema.sql': BEFORE.replace('create table orders', '-- pgext:renamed-from orders\ncreate table purchases'),
  })
  const {out} = await project.ends(2, 'diff', '--measure')
  expect(out).toMatch(
    /-- measured: locks public\.orders \(.*\): ACCESS EXCLUSIVE\nALTER TABLE public\.orders RENAME TO purchases/,
  )
  await project.write({
    'schema.sql': BEFORE.replace('note text);', 'note text) partition by range (id);').concat(
      'create table orders_all partition of orders default;\n',
    ),
  })
  const parts = await project.ends(2, 'diff', '--measure')
  expect(parts.out).not.toContain('runs code: nobody can tell')
  expect(parts.err).toMatch(/^measured on PostgreSQL 18: \d+ steps/m)
})

test('without the proof there is nothing to look at', async () => {
  expect(await project.fails('diff', '--measure', '--no-prove')).toContain('--no-prove runs it nowhere')
})

test('on PGlite what needs a second session is said as it is known', async () => {
  const small = await site.project('measured_pglite', {'schema.sql': BEFORE, 'pgext.json': '{"shadow": "pglite"}'})
  await small.ends(0, 'migrate', '--name', 'first')
  await small.ask('insert into customers values (1); insert into orders values (1, 1)')
  await small.write({'schema.sql': AFTER})
  const {out, err} = await small.ends(2, 'diff', '--measure')
  expect(out).toMatch(
    /-- measured: locks public\.orders .*: SHARE UPDATE EXCLUSIVE, reads every row\n(-- .*\n)*ALTER TABLE public\.orders VALIDATE/,
  )
  expect(out).toMatch(/-- locks public\.orders .*: SHARE UPDATE EXCLUSIVE, reads every row\n(-- .*\n)*CREATE INDEX CONCURRENTLY/)
  expect(err).toMatch(/^note: not measured, so said as it is known: CREATE INDEX CONCURRENTLY .*PGlite has one session/m)
  expect(err).toMatch(/^measured on PostgreSQL 18: 2 steps; 1 not$/m)
})

test('a shadow whose role is no superuser measures what it can, and names the rest', async () => {
  await project.ask("create role measuring login createdb password 'measuring'; grant all on schema public to measuring")
  const role = (name: string) => site.url(name).replace(/\/\/[^@]*@/, '//measuring:measuring@')
  await project.ask('create database measured_too owner measuring')
  const guest = await site.project('measured_too', {'schema.sql': BEFORE}, role('measured_too'))
  await guest.write({'.env': `SHADOW_DATABASE_URL=${role('postgres')}\n`})
  await guest.ends(0, 'migrate', '--name', 'first')
  await guest.ask('insert into customers values (1); insert into orders values (1, 1)')
  await guest.write({'schema.sql': AFTER})
  const {out, err} = await guest.ends(2, 'migrate', '--dry-run', '--measure')
  expect(out).toMatch(/measured: locks public\.customers.*: SHARE ROW EXCLUSIVE$/m)
  expect(err).toMatch(
    /not measured, so said as it is known: CREATE INDEX CONCURRENTLY .* \(only a superuser of the shadow could stop it/,
  )
  expect(err).toMatch(/^measured on PostgreSQL 18: 2 steps; 1 not$/m)
  const left = await project.ask("select count(*)::int as n from pg_database where datname like 'pgext_shadow%'")
  expect(left).toEqual([{n: 0}])
})

// What looks like a rename: asked on a terminal, answered by flag elsewhere, refused where nobody says, and never guessed.
import {spawn, spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const BEFORE = `
create type mood as enum ('sad', 'ok');
create sequence tickets;
create table item (id int primary key, title text not null, state mood default 'sad');
create index item_by_title on item (title);
`
const AFTER = `
create type mood as enum ('blue', 'ok');
create sequence numbers;
create table thing (id int primary key, title text not null, state mood default 'blue');
create index thing_by_title on thing (title);
`
const ANSWERS = ['enum value public.mood.sad=blue', 'sequence public.tickets=public.numbers', 'table public.item=public.thing']
const YES = ANSWERS.flatMap((answer) => ['--rename', answer])

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('candidates', {'schema.sql': BEFORE})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ask("insert into item values (1, 'a', 'sad'), (2, 'b', 'ok'); select nextval('tickets'), nextval('tickets')")
  await project.write({'schema.sql': AFTER})
})
afterAll(() => site?.close())

test('unanswered, nothing is written, whatever is allowed; every candidate is named with the flags that answer it', async () => {
  const before = await project.state()
  const said = await project.fails('migrate', '--name', 'second', '--allow', 'data-loss')
  expect(said).toContain('table public.thing looks like table public.item')
  for (const answer of ANSWERS) expect(said).toContain(`--rename '${answer}'`)
  expect(said).toContain("--no-rename 'table public.item'")
  expect(await project.fails('migrate:new', 'second', '--rename', ANSWERS[2]!)).not.toContain('table public.item')
  expect(await project.state()).toEqual(before)
})

test('a diff says so beside its plan, and --json lists them', async () => {
  const {out, err} = await project.ends(2, 'diff', '--sql', '--no-prove')
  expect(err).toContain(
    "note: table public.thing may be table public.item renamed: answer with --rename 'table public.item=public.thing'",
  )
  expect(out).toMatch(/DROP TABLE public\.item;/)
  const {candidates, renames} = JSON.parse((await project.ends(2, 'diff', '--json', '--no-prove')).out)
  expect(candidates.map(({answer}: {answer: string}) => answer)).toEqual(ANSWERS)
  expect(renames).toEqual([])
  const answered = JSON.parse((await project.ends(2, 'diff', '--json', ...YES)).out)
  expect(answered).toMatchObject({candidates: [], changes: [], hazards: []})
  expect(answered.renames).toContainEqual({
    object: 'sequence public.numbers',
    sql: 'ALTER SEQUENCE public.tickets RENAME TO numbers',
  })
})

test('a flag that means nothing is an error', async () => {
  expect(await project.fails('diff', '--rename', 'table public.gone=public.thing')).toMatch(
    /table public\.thing nor public\.gone exists/,
  )
  expect(await project.fails('diff', '--rename', 'table public.item=public.other')).toMatch(
    /there is to be no table public\.other/,
  )
  expect(await project.fails('diff', '--rename', 'item=thing')).toMatch(/can’t read "item=thing"/)
  expect(await project.fails('diff', '--no-rename', 'nothing')).toMatch(/can’t read "nothing"/)
})

test('what is no rename goes for good, behind the same hazard as ever', async () => {
  expect(await project.fails('migrate', '--name', 'second', '--no-rename', 'all')).toMatch(/data-loss/)
  const {candidates} = JSON.parse((await project.ends(2, 'diff', '--json', '--no-prove', '--no-rename', 'table public.item')).out)
  expect(candidates.map(({old}: {old: string}) => old)).toEqual(['enum value public.mood.sad', 'sequence public.tickets'])
})

const hasTerminal = spawnSync('script', ['--version']).status === 0

test.skipIf(!hasTerminal)('asked one by one on a terminal: yes renames, and rows stay', async () => {
  await onTerminal(
    project,
    ['migrate', '--name', 'second'],
    ['is enum value public.mood.blue what', 'is sequence public.numbers what', 'is table public.thing what', 'apply 1 migration'],
  )
  expect(await project.ask('select id, title, state::text from thing order by id')).toEqual([
    {id: 1, title: 'a', state: 'blue'},
    {id: 2, title: 'b', state: 'ok'},
  ])
  expect(await project.ask("select nextval('numbers')::int as n")).toEqual([{n: 3}])
  await project.ends(0, 'diff')
  const sql = await project.read(`migrations/${(await project.migrations()).at(-1)}`)
  expect(sql).not.toMatch(/DROP|CREATE/)
})

test('columns: at its place, of its type, the only one; the replay of the migrations is right elsewhere', async () => {
  await project.write({'schema.sql': AFTER.replaceAll('title', 'label')})
  expect(await project.fails('migrate', '--name', 'third')).toContain("--rename 'column public.thing.title=label'")
  await project.ends(0, 'migrate', '--name', 'third', '--rename', 'column public.thing.title=label')
  expect(await project.ask('select label from thing order by id')).toEqual([{label: 'a'}, {label: 'b'}])
  const fresh = await site.project('candidates_replayed', {'schema.sql': AFTER.replaceAll('title', 'label')})
  for (const file of await project.migrations())
    await fresh.write({[`migrations/${file}`]: await project.read(`migrations/${file}`)})
  await fresh.ends(0, 'migrate')
  await fresh.ends(0, 'diff')
})

const LIKE = `
create function tax(net int) returns int language sql immutable as $$ select net / 5 $$;
create table bill (net int, owed int generated always as (tax(net)) stored);
create view large as select net from bill where net > 100;
create materialized view totals as select sum(net) as net from bill;
grant select on large to public;
`
const LIKE_AFTER = LIKE.replaceAll('tax', 'vat').replaceAll('large', 'big').replaceAll('totals', 'sums').replaceAll('owed', 'due')
const LIKE_ANSWERS = [
  'function public.tax(integer)=public.vat',
  'materialized view public.totals=public.sums',
  'view public.large=public.big',
]

test('where nothing would be lost, it is said and made anew', async () => {
  const fresh = await site.project('candidates_like', {'schema.sql': LIKE})
  await fresh.ends(0, 'migrate', '--name', 'first')
  await fresh.write({'schema.sql': LIKE_AFTER})
  const {candidates} = JSON.parse((await fresh.ends(2, 'diff', '--json', '--no-prove')).out)
  expect(candidates.map(({answer, loses}: {answer: string; loses: boolean}) => ({answer, loses}))).toEqual(
    LIKE_ANSWERS.map((answer) => ({answer, loses: false})),
  )
  const {err} = await fresh.ends(0, 'migrate', '--name', 'second')
  expect(err).toContain('note: view public.big may be view public.large renamed, and is made anew')
  await fresh.ends(0, 'diff')
  expect(await fresh.read(`migrations/${(await fresh.migrations()).at(-1)}`)).toContain('DROP VIEW public.large')
})

test.skipIf(!hasTerminal)('where nothing would be lost, it is asked all the same; one rename shows the next', async () => {
  const fresh = await site.project('candidates_asked', {'schema.sql': LIKE})
  await fresh.ends(0, 'migrate', '--name', 'first')
  const before = await fresh.ask("select 'large'::regclass::oid::int as large, 'totals'::regclass::oid::int as totals")
  await fresh.write({'schema.sql': LIKE_AFTER})
  await onTerminal(
    fresh,
    ['migrate', '--name', 'second'],
    [
      'is function public.vat(integer) what',
      'is materialized view public.sums what',
      'is view public.big what',
      'is column public.bill.due what',
      'apply 1 migration',
    ],
  )
  expect(await fresh.ask("select 'big'::regclass::oid::int as large, 'sums'::regclass::oid::int as totals")).toEqual(before)
  await fresh.ends(0, 'diff')
  expect(await fresh.read(`migrations/${(await fresh.migrations()).at(-1)}`)).not.toMatch(/DROP|CREATE/)
})

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** On a terminal of its own, each question answered with yes once it shows. */
async function onTerminal({folder, url}: Project, args: readonly string[], questions: readonly string[]): Promise<string> {
  const {CI, ...rest} = process.env
  const command = [process.execPath, RUN, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], {cwd: folder, env: {...rest, DATABASE_URL: url}})
  let said = ''
  const left = [...questions]
  child.stdout.on('data', (chunk) => {
    said += chunk
    if (left.length === 0 || !said.includes(left[0]!)) return
    left.shift()
    child.stdin.write('y\r')
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect({code, left}, said).toEqual({code: 0, left: []})
  return said
}

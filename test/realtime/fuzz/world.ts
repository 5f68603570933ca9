// Dice in; a table with columns, rows, grants and policies such as they fell, and those who look at it, out.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Change, Row, Shape} from '../../../src/events/model.ts'
import {readRecord} from '../../../src/events/text/record.ts'
import type {Db} from '../../../src/postgres/db.ts'
import type {Viewer} from '../../../src/realtime/model.ts'
import type {Dice} from '../../chaos/random.ts'
import {prepare} from '../../events/engines.ts'
import {shapeOf} from '../../events/shapes.ts'
import {type FuzzColumn, Grammar} from './grammar.ts'
import {KINDS} from './pools.ts'

export const VIEWERS = ['viewer_a', 'viewer_b', 'viewer_c', 'owner', 'anon'] as const
const GROUPS = ['group_a', 'group_b'] as const
const ROWS = 12

/** The login that looks for all, and the roles: of a whole server. */
export const ROLES = `
  create role server login noinherit; create role group_a; create role group_b;
  ${VIEWERS.map((name) => `create role ${name} ${name === 'viewer_b' ? 'noinherit' : ''}; grant ${name} to server`).join('; ')}`

export async function makeWorld(db: Db, database: string, searchPath: string): Promise<void> {
  await prepare(db)
  await db.script(readFileSync(join(import.meta.dirname, 'world.sql'), 'utf8'))
  await db.script(`alter database ${database} set timezone = 'Asia/Kolkata'; alter database ${database} set datestyle = 'SQL, DMY';
    alter database ${database} set intervalstyle = 'sql_standard'; alter database ${database} set search_path = ${searchPath}`)
}

export interface Round {
  readonly columns: readonly FuzzColumn[]
  readonly shape: Shape
  readonly changes: readonly Change[]
  readonly viewers: readonly Viewer[]
  /** to be printed when something differs */
  readonly sql: readonly string[]
}

export async function makeRound(db: Db, dice: Dice, known: Map<string, Viewer>): Promise<Round> {
  const {roll, pick} = dice
  const plain = Array.from({length: 2 + roll(4)}, (_, at): FuzzColumn => ({name: `c${at}`, kind: pick(KINDS)}))
  const made: FuzzColumn = {name: 'made', kind: KINDS[0]!}
  const columns = roll(4) ? plain : [...plain, made]
  const how = db.server.major >= 18 && roll(2) ? 'virtual' : 'stored'
  const sql: string[] = []
  const run = async (text: string) => {
    sql.push(text)
    await db.script(text)
  }
  await db.script('drop publication if exists pg_events; drop table if exists fuzz.t cascade')
  await run(`create table fuzz.t (id int primary key, ${columns.map((one) => (one === made ? `made int generated always as (nullif(id % 4, 3)) ${how}` : `${one.name} ${one.kind.column}`)).join(', ')});
    alter table fuzz.t owner to owner; create function fuzz.counts(fuzz.t) returns bool stable language sql as 'select $1.id % 2 = 0';
    create publication pg_events for table fuzz.t with (publish = '')`)
  for (const group of GROUPS)
    for (const viewer of VIEWERS) await db.script(`${roll(2) ? `grant ${group} to` : `revoke ${group} from`} ${viewer}`)
  await run(roll(4) ? 'revoke owner from viewer_c' : 'grant owner to viewer_c')
  for (const role of [...VIEWERS, ...GROUPS]) await grant(role)
  if (roll(12))
    await run(`alter table fuzz.t enable row level security${roll(3) ? '' : '; alter table fuzz.t force row level security'}`)
  const grammar = new Grammar(dice, columns)
  for (let n = roll(6) ? 1 + roll(3) : 0; n > 0; n--) await policy(n)
  for (let id = 1; id <= ROWS; id++) await insert(id)
  const shape = await shapeOf(db, 'fuzz.t')
  const texts = await db.query('select t::text as row from fuzz.t order by id')
  // triggers see none of a virtual one
  const hidden = columns.includes(made) ? shape.columns.findIndex(({name}) => name === 'made') : -1
  const changes = texts.map(({row}): Change => {
    return {
      kind: 'change',
      operation: 'INSERT',
      shape,
      row: (readRecord(row) as Row).map((one, at) => (at === hidden ? null : one)),
    }
  })
  return {columns, shape, changes, viewers: viewersOf(dice, known), sql}

  async function grant(role: string): Promise<void> {
    const some = columns.filter(() => roll(3)).map(({name}) => name)
    const sort = roll(8)
    if (sort < 5) await run(`grant select on fuzz.t to ${role}`)
    else if (sort < 7)
      await run(`grant select (${['id', ...some].slice(roll(6) ? 0 : 1).join(', ') || 'id'}) on fuzz.t to ${role}`)
  }

  async function policy(n: number): Promise<void> {
    const to = pick(['public', 'public', 'viewer_a', 'viewer_b', 'group_a', 'group_b', 'group_a, anon'])
    const manner = n === 1 || roll(3) ? 'permissive' : 'restrictive'
    const text = `create policy p${roll(90)}_${n} on fuzz.t as ${manner} for ${pick(['all', 'select', 'select', 'update'])} to ${to} using (${grammar.condition()})`
    // what PostgreSQL does not take as a policy is none
    await run(text).catch(() => sql.pop())
  }

  async function insert(id: number): Promise<void> {
    const values = plain.map(({kind}) => (roll(6) ? `'${pick(kind.values).replaceAll("'", "''")}'` : 'null'))
    await db.script(
      `insert into fuzz.t (${['id', ...plain.map(({name}) => name)].join(', ')}) values (${[id, ...values].join(', ')})`,
    )
  }
}

/** Equal ones are one. */
function viewersOf({pick, roll}: Dice, known: Map<string, Viewer>): Viewer[] {
  const values: Readonly<Record<string, readonly unknown[]>> = {
    sub: [
      '11111111-2222-3333-4444-555555555555',
      'AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE',
      'abcdefab-cdef-abcd-efab-cdefabcdefab',
      'x',
      1,
      null,
      '',
    ],
    role: ['a', 'b', 'A', 'á', 'viewer_a', 1, null, {a: 1}],
    n: [1, '1', 1.0, 42, 'abc', null, '', '2020-01-02', 9007199254740991],
    list: [['a', '1'], [], ['b', null], 'a', null],
    flag: [true, 'false', 't', null, 'x'],
    deep: [{role: 'a'}, {sub: 'b'}, [], 'a'],
  }
  const found = new Set<Viewer>()
  for (const role of VIEWERS) {
    for (let n = 0; n < 4; n++) {
      const claims = Object.fromEntries(Object.entries(values).flatMap(([name, texts]) => (roll(5) ? [[name, pick(texts)]] : [])))
      const text = JSON.stringify(claims)
      const key = `${role} ${text}`
      const viewer = known.get(key) ?? {role, claims, text, key}
      known.set(key, viewer)
      found.add(viewer)
    }
  }
  return [...found]
}

// Random statements in, told to two databases of which one is captured by the queue and one from the WAL; both hand over the same events.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {quoteText} from '../../src/postgres/quote.ts'
import type {Server} from '../chaos/server.ts'
import {MAJORS, startLog} from './log.ts'
import type {Place} from './place.ts'
import {step, Twins} from './twins.ts'
import {COLUMNS, ROW, SCHEMA as ZOO} from './zoo.ts'

/** Milliseconds for each major. */
const TIME = Number(process.env.PGEXT_PARITY ?? '6') * 1000

const TABLES = `${ZOO}
  alter table zoo add id int primary key;
  create table zoo_full (like zoo including all); alter table zoo_full replica identity full;
  create table keyed (v text, id int primary key, n numeric default 1.50);
  create table pair (b text, a int, note jsonb, primary key (b, a));
  create table later (id int primary key deferrable initially deferred, v text);
  create table loose (v text, n int);
  create table ident (id int primary key, code int not null, v text, unique (code)); alter table ident replica identity using index ident_code_key;
  create table gen (id int primary key, v int, gen_a int generated always as (v * 2) stored, gen_b text generated always as ('x') stored, w text);
  create table big (id int primary key, body text, n int); alter table big alter body set storage external;
  create table big_full (body text, n int); alter table big_full alter body set storage external;
  create table sale (id int, day int, what text, primary key (id, day)) partition by range (day);
  create table sale_a partition of sale for values from (0) to (10);
  create table sale_b (gone int, what text, day int not null, id int not null); alter table sale_b drop column gone;
  alter table sale attach partition sale_b for values from (10) to (20);
  create table sale_c partition of sale for values from (20) to (40) partition by list (day);
  create table sale_c1 partition of sale_c for values in (20, 21); create table sale_c2 partition of sale_c default;
  create table loose_sale (day int, what text) partition by list (day);
  create table loose_a partition of loose_sale for values in (1, 2); create table loose_b (what text, day int);
  alter table loose_sale attach partition loose_b default;
  create table being (id int primary key, name text); create table bird (wings int) inherits (being);
  create table parent (id int primary key); create table child (id int primary key, of int references parent on update cascade on delete cascade);
  create table "odd ""é" ("n" int primary key, "o.x" text, "select" text);`
const NAMES =
  `zoo zoo_full keyed pair later loose ident gen big big_full sale loose_sale being bird parent child "odd ""é"`.split(/ (?!""é)/)
const SCHEMA = `${TABLES} create publication pg_events for table ${NAMES.join(', ')} with (publish = '')`
const DIFFERING = {
  full: new Set(['zoo_full', 'loose', 'big_full', 'loose_sale']),
  generated: new Set(['gen_a', 'gen_b']),
  outside: new Set(['big', 'zoo']),
}

interface Statement {
  readonly sql: string
  /** it inserts, updates and deletes at once: the queue hears of each by itself */
  readonly isMixed?: boolean
}
type Statements = fc.Arbitrary<Statement>

const text = fc.constantFrom('a', 'b', '', 'Ü "q"', "it's, (so)", '\\', '{"x": 1}').map(quoteText)
const maybe = fc.oneof({weight: 4, arbitrary: text}, {weight: 1, arbitrary: fc.constant('null')})
const id = fc.integer({min: 1, max: 6})
const day = fc.constantFrom(1, 5, 11, 12, 20, 21, 30)
const body = fc.constantFrom(2, 9000).map((length) => `repeat(md5('${length}'), ${length} / 2)`)
const plain = (sql: fc.Arbitrary<string>): Statements => sql.map((sql) => ({sql}))
const mixed = (sql: fc.Arbitrary<string>): Statements => sql.map((sql) => ({sql, isMixed: true}))
const of = (make: (...values: any[]) => string, ...values: fc.Arbitrary<unknown>[]): fc.Arbitrary<string> =>
  fc.tuple(...values).map((all) => make(...all))

const zooRow = (values: readonly (string | null)[], id: number) =>
  `(${[...values.map((value) => (value === null ? 'null' : quoteText(value))), id].join(', ')})`
const zoo = fc.constantFrom('zoo', 'zoo_full')

const STATEMENTS: readonly (readonly [weight: number, Statements])[] = [
  [3, plain(of((t, row, n) => `insert into ${t} values ${zooRow(row, n)}`, zoo, ROW, id))],
  [
    2,
    plain(of((t, at, n) => `update ${t} set ${COLUMNS[at]!.name} = null where id = ${n}`, zoo, fc.nat(COLUMNS.length - 1), id)),
  ],
  [1, plain(of((t, n, to) => `update ${t} set id = ${to} where id = ${n}`, zoo, id, id))],
  [2, plain(of((t, n) => `delete from ${t} where id = ${n}`, zoo, id))],
  [3, plain(of((n, v) => `insert into keyed (id, v) values (${n}, ${v}), (${n + 10}, ${v})`, id, maybe))],
  [
    2,
    mixed(
      of(
        (n, v) =>
          `insert into keyed (id, v) values (${n}, ${v}), (${n + 1}, 'new') on conflict (id) do update set v = excluded.v || keyed.v`,
        id,
        maybe,
      ),
    ),
  ],
  [1, plain(of((v) => `update keyed set v = ${v}`, maybe))],
  [1, plain(of((n) => `update keyed set id = id + ${n}`, fc.constantFrom(100, -100)))],
  [1, plain(of((n) => `update keyed set id = ${n}, n = 'NaN' where id = (select min(id) from keyed)`, id))],
  [
    1,
    mixed(
      of(
        (n) => `with gone as (delete from keyed where id <= ${n} returning *) insert into keyed select v, id + 50, n from gone`,
        id,
      ),
    ),
  ],
  [2, plain(of((n, b, v) => `insert into pair values (${b}, ${n}, 'null'), (${v}, ${n}, '{"a": [1, null]}')`, id, text, text))],
  [2, plain(of((b, to) => `update pair set b = ${to}, note = null where b = ${b}`, text, text))],
  [1, plain(of((b) => `delete from pair where b = ${b}`, text))],
  [2, plain(of((n, v) => `insert into later values (${n}, ${v}), (${n + 1}, ${v})`, id, maybe))],
  [1, plain(fc.constant('update later set id = 7 - id'))],
  [3, plain(of((n, v) => `insert into loose select ${v}, ${n} from generate_series(1, ${n})`, id, maybe))],
  [2, plain(of((n, v) => `update loose set v = ${v} where n >= ${n}`, id, maybe))],
  [1, plain(of((n) => `delete from loose where n = ${n}`, id))],
  [2, plain(of((n, c, v) => `insert into ident values (${n}, ${c}, ${v})`, id, id, maybe))],
  [2, plain(of((n, c, v) => `update ident set code = ${c}, v = ${v} where id = ${n}`, id, id, maybe))],
  [1, plain(of((n, c) => `update ident set id = ${c} where id = ${n}`, id, id))],
  [2, plain(of((n, v) => `insert into gen (id, v, w) values (${n}, ${n}, ${v})`, id, maybe))],
  [1, plain(of((n) => `update gen set v = ${n}`, id))],
  [2, plain(of((n, b) => `insert into big values (${n}, ${b}, 0)`, id, body))],
  [2, plain(of((n, b, s) => `update big set ${s ? 'n = n + 1' : `body = ${b}`} where id >= ${n}`, id, body, fc.boolean()))],
  [1, plain(of((n) => `update big set id = id + 1 where id = ${n}`, id))],
  [2, plain(of((n, b) => `insert into big_full values (${b}, ${n})`, id, body))],
  [2, plain(of((n, b, s) => `update big_full set ${s ? 'n = n + 1' : `body = ${b}`} where n >= ${n}`, id, body, fc.boolean()))],
  [3, plain(of((n, d, e, v) => `insert into sale values (${n}, ${d}, ${v}), (${n}, ${e}, ${v})`, id, day, day, maybe))],
  [1, plain(of((n, d) => `insert into sale_b (id, day) values (${n}, ${d})`, id, day))],
  [3, plain(of((n, d, v) => `update sale set day = ${d}, what = ${v} where id = ${n}`, id, day, maybe))],
  [1, plain(of((v) => `update sale set what = ${v}`, maybe))],
  [1, plain(of((v, t) => `update ${t} set what = ${v}`, maybe, fc.constantFrom('sale_b', 'sale_c', 'sale_c1')))],
  [1, plain(of((n, t) => `delete from ${t} where id = ${n}`, id, fc.constantFrom('sale', 'sale_b', 'sale_c')))],
  [2, plain(of((n, v) => `insert into loose_sale values (${n}, ${v}), (2, ${v})`, id, maybe))],
  [1, plain(of((n, v) => `update loose_sale set what = ${v} where day = ${n}`, id, maybe))],
  [1, plain(of((n) => `delete from loose_sale where day = ${n}`, id))],
  [2, plain(of((n, t, v) => `insert into ${t} (id, name) values (${n}, ${v})`, id, fc.constantFrom('being', 'bird'), maybe))],
  [1, plain(of((n, v, t) => `update ${t} set name = ${v} where id > ${n}`, id, maybe, fc.constantFrom('being', 'bird')))],
  [1, plain(of((n) => `delete from being where id = ${n}`, id))],
  [1, plain(of((n) => `insert into parent values (${n})`, id))],
  [1, plain(of((n, p) => `insert into child values (${n}, ${p})`, id, id))],
  [1, mixed(of((n) => `delete from parent where id = ${n}`, id))],
  [1, mixed(of((n) => `update parent set id = id + 10 where id = ${n}`, id))],
  [1, plain(of((n, v) => `insert into "odd ""é" values (${n}, ${v}, null)`, id, maybe))],
  [1, plain(of((v) => `update "odd ""é" set "o.x" = ${v}, "select" = "select" || 'x'`, maybe))],
  [
    1,
    plain(
      of(
        (t) => `truncate ${t}`,
        fc.constantFrom('keyed', 'loose', 'sale', 'sale_b', 'sale_c', 'sale_c1', 'loose_a', 'only being', 'zoo', 'big'),
      ),
    ),
  ],
  [
    1,
    mixed(
      of(
        (a, b) => `truncate ${a}, ${b} cascade`,
        fc.constantFrom('keyed', 'sale', 'parent', 'being'),
        fc.constantFrom('loose', 'bird', 'sale_b'),
      ),
    ),
  ],
  [2, plain(of((v) => `select pgext.emit(${v}, '{"b": 1.0, "a": null}')`, text))],
  [1, plain(fc.constant('set constraints all immediate'))],
]

const statement: Statements = fc.oneof(...STATEMENTS.map(([weight, arbitrary]) => ({weight, arbitrary})))
interface Transaction {
  readonly parts: readonly {readonly statements: readonly Statement[]; readonly isKept: boolean}[]
  readonly isKept: boolean
}
const usually = fc.oneof({weight: 4, arbitrary: fc.constant(true)}, {weight: 1, arbitrary: fc.constant(false)})
const transaction: fc.Arbitrary<Transaction> = fc.record({
  parts: fc.array(fc.record({statements: fc.array(statement, {minLength: 1, maxLength: 5}), isKept: usually}), {
    minLength: 1,
    maxLength: 4,
  }),
  isKept: usually,
})

/** Each statement by itself: what one refuses the other must refuse as well. */
async function run({ask}: Place, transactions: readonly Transaction[]): Promise<string[]> {
  const said: string[] = []
  const tried = (sql: string) =>
    ask(sql).then(
      () => said.push('done'),
      (error: PgextError) => said.push(error.sqlstate ?? error.message),
    )
  for (const {parts, isKept} of transactions) {
    await ask('begin')
    for (const part of parts) {
      await ask('savepoint part')
      for (const {sql, isMixed} of part.statements) {
        await ask('savepoint one')
        if ((await tried(sql)) && said.at(-1) !== 'done') await ask('rollback to one')
        await ask(step(isMixed))
      }
      await ask(part.isKept ? 'release part' : 'rollback to part')
    }
    await ask(isKept ? 'savepoint one' : 'rollback')
    if (isKept && (await tried('commit')) && said.at(-1) !== 'done') await ask('rollback')
  }
  return said
}

describe.each(MAJORS)('PostgreSQL %i', (major) => {
  let server: Server
  let twins: Twins
  beforeAll(async () => {
    server = await startLog(major)
    twins = await Twins.open((name) => server.url(name), SCHEMA, DIFFERING)
  })
  afterAll(async () => {
    await twins?.close()
    await server?.close()
  })

  test(
    'both engines hand over the same events, in the same order, of whatever was done',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(transaction, {minLength: 1, maxLength: 4}), async (transactions) => {
          await twins.tell(({ask}) => ask(`truncate ${NAMES.join(', ')}`))
          await twins.drain()
          const said: string[][] = []
          await twins.tell(async (place) => said.push(await run(place, transactions)))
          expect(said[1]).toEqual(said[0])
          await twins.same()
        }),
        {numRuns: 100_000, interruptAfterTimeLimit: TIME, endOnFailure: process.env.PGEXT_SHRINK === undefined},
      )
    },
    60_000 + 2 * TIME,
  )
})

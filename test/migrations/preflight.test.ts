// Rows as they are, and what pending migrations demand of them: what breaks a rule is counted and shown before anything is applied.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {migrationFrom} from '../../src/migrations/file.ts'
import {type Preflight, preflight} from '../../src/migrations/preflight.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const ROWS = `
create schema "Odd S";
create table users (id int primary key, email text, born date);
insert into users select n, case when n % 10 = 0 then null else 'user' || n % 90 end, '2000-01-01' from generate_series(1, 100) n;
create table "Odd S"."Or ders" (a int, "B b" int, note text, total numeric, code varchar(30), big bigint, primary key (a, "B b"));
insert into "Odd S"."Or ders" select n, n, case when n < 3 then 'x' else '7' end, n * 100, repeat('c', n), n * 1000000000::bigint from generate_series(1, 20) n;
create table parts (id int, kind text) partition by range (id);
create table parts_1 partition of parts for values from (0) to (10);
create table parts_2 partition of parts for values from (10) to (20);
insert into parts values (1, null), (11, null), (12, 'a');
create table empty (id int);
create domain filled as int default 5 not null;
`

let shadow: Shadow
let database: ShadowDatabase
let db: Db
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
  database = await shadow.create()
  db = await database.connect()
  await db.script(`set search_path = public; ${ROWS}`)
})
afterAll(async () => {
  await db?.close()
  await shadow?.close()
})

const look = (...texts: string[]): Promise<Preflight> =>
  preflight(
    db,
    texts.map((text, n) => ({migration: migrationFrom(`migrations/2026010${n + 1}T000000_m.sql`, text)})),
  )

/** `rule on table: rows`, with what is shown of the first rows */
const told = ({broken, unseen}: Preflight) => [
  ...broken.map(({demand, rows, samples, said}) => [`${demand.rule} on ${demand.table}: ${rows ?? said}`, ...samples]),
  ...unseen.map(({demand, why}) => [`unseen ${demand.rule}: ${why}`]),
]
const one = async (...texts: string[]) => told(await look(...texts))

describe('rows that break a rule are counted, and three are shown', () => {
  test('NOT NULL, in each of its forms', async () => {
    const samples = [
      {id: '10', email: null},
      {id: '20', email: null},
      {id: '30', email: null},
    ]
    const broken = ['NOT NULL of email on users: 10', ...samples]
    expect(await one('alter table users alter column email set not null')).toEqual([broken])
    expect(await one('alter table users add constraint nn not null email')).toEqual([broken])
    expect(await one('alter table users add constraint nn not null email not valid')).toEqual([])
    expect(
      await one(
        'alter table users add constraint c check (email is not null) not valid; alter table users validate constraint c; alter table users alter email set not null',
      ),
    ).toEqual([broken])
    expect(await one('alter table users alter born set not null; alter table empty alter id set not null')).toEqual([])
    expect(await one('alter table parts alter kind set not null')).toEqual([
      ['NOT NULL of kind on parts: 2', {kind: null}, {kind: null}],
    ])
  })

  test('a new column that is NOT NULL and has nothing to fill it', async () => {
    expect((await one('alter table users add column age int not null'))[0]![0]).toBe(
      'NOT NULL of age, a new column without a default on users: 100',
    )
    const fine = [
      'age int not null default 1',
      'age serial not null',
      'age int generated always as identity',
      'age filled not null',
    ]
    for (const column of fine) expect(await one(`alter table users add column ${column}`)).toEqual([])
    expect(await one('alter table empty add column age int not null')).toEqual([])
  })

  test('checks, under the search_path of their statement', async () => {
    expect(
      await one(
        `alter table "Odd S"."Or ders" add constraint "C c" check (total > 250 or (note = ',)' and true)), add check (total > 0)`,
      ),
    ).toEqual([
      [
        'check "C c" on "Odd S"."Or ders": 2',
        {a: '1', 'B b': '1', total: '100', note: 'x'},
        {a: '2', 'B b': '2', total: '200', note: 'x'},
      ],
    ])
    expect((await one(`set search_path = "Odd S"; alter table "Or ders" add check (total < 0)`))[0]![0]).toBe(
      'check on "Or ders": 20',
    )
    expect((await one('alter table users add check (1 / (id - 1) >= 0)'))[0]![0]).toBe('unseen check: division by zero')
  })

  test('unique constraints, primary keys and unique indexes, with their predicates', async () => {
    const [line] = await one('alter table users add constraint once unique (email)')
    expect(line![0]).toBe('unique constraint once on users: 18')
    expect(line).toHaveLength(4)
    for (const sample of line!.slice(1)) expect(Object.keys(sample)).toEqual(['email'])
    expect((await one('create unique index concurrently on users (email) where id < 95'))[0]![0]).toBe('unique index on users: 8')
    expect((await one('create unique index i on users (email) nulls not distinct'))[0]![0]).toBe('unique index i on users: 28')
    expect(await one('create unique index on users (email) where id < 80; create unique index on users (lower(email))')).toEqual(
      [],
    )
    expect((await one('alter table users add primary key (email)')).map(([line]) => line)).toEqual([
      'NOT NULL of email on users: 10',
      'primary key on users: 18',
    ])
  })

  test('foreign keys, when they are checked', async () => {
    const add = 'alter table "Odd S"."Or ders" add constraint f foreign key (big) references users (id)'
    const broken = [
      'foreign key f on "Odd S"."Or ders": 20',
      {a: '1', 'B b': '1', big: '1000000000'},
      {a: '2', 'B b': '2', big: '2000000000'},
      {a: '3', 'B b': '3', big: '3000000000'},
    ]
    expect(await one(add)).toEqual([broken])
    expect(await one(`${add} not valid`)).toEqual([])
    expect(await one(`${add} not valid`, 'alter table "Odd S"."Or ders" validate constraint f')).toEqual([broken])
    expect(await one('alter table users add foreign key (id) references users (id)')).toEqual([])
  })

  test('values that do not convert', async () => {
    const rows = [
      {a: '1', 'B b': '1', note: 'x'},
      {a: '2', 'B b': '2', note: 'x'},
    ]
    const table = 'alter table "Odd S"."Or ders" alter'
    expect(await one(`${table} note type integer using note::integer`)).toEqual([
      ['type integer of note on "Odd S"."Or ders": 2', ...rows],
    ])
    expect((await one(`${table} code type varchar(10)`))[0]![0]).toBe('type varchar(10) of code on "Odd S"."Or ders": 10')
    expect(await one(`${table} code type varchar(10) using left(code, 10), alter note type text`)).toEqual([])
    expect((await one(`${table} big set data type int`))[0]![0]).toBe('type int of big on "Odd S"."Or ders": 18')
    expect((await one(`${table} total type numeric(5, 2)`))[0]![0]).toBe(
      'type numeric(5, 2) of total on "Odd S"."Or ders": numeric field overflow',
    )
    expect(await one(`${table} note type integer using case note when 'x' then 0 else note::int end`)).toEqual([])
    expect(await one(`${table} code type varchar(40), ${table.slice(-5)} total type numeric(12, 2)`)).toEqual([])
  })
})

describe('values that a type has no room for', () => {
  beforeAll(async () => {
    await db.script(`create table public.bits (id int, b bit(8), v bit varying, n int, c char(8), cs varchar[], bs bit(8)[]);
      insert into public.bits values (1, B'10101010', B'1', 7, 'abc', '{abc}', array[B'11110000']), (2, null, B'10101', 123, 'abcdef', '{a,abcdef}', null);
      create domain public.short as varchar(3); create domain public.shorter as public.short; create domain public.shorts as varchar(3)[]`)
  })

  test.each([
    ['b type bit(4)', 'type bit(4) of b', 1],
    ['v type bit varying(4)', 'type bit varying(4) of v', 1],
    ['v type varbit(5)', undefined, 0],
    ['b type bit varying(4)', 'type bit varying(4) of b', 1],
    ['c type char(4)', 'type char(4) of c', 1],
    ['c type char(6)', undefined, 0],
    ['c type varchar(4)', 'type varchar(4) of c', 1],
    ['n type char(2)', 'type char(2) of n', 1],
    ['cs type varchar(3)[]', 'type varchar(3)[] of cs', 1],
    ['cs type char(6)[]', undefined, 0],
    ['bs type bit(4)[]', 'type bit(4)[] of bs', 1],
    ['bs type varbit(8)[]', undefined, 0],
    ['c type short', 'type short of c', 1],
    ['c type shorter', 'type shorter of c', 1],
    ['cs type short[]', 'type short[] of cs', 1],
    ['cs type shorts', 'type shorts of cs', 1],
    ['cs type shorter[]', 'type shorter[] of cs', 1],
    ['c type short using left(c, 3)', undefined, 0],
  ])('%s', async (text, rule, rows) => {
    const sql = `alter table bits alter ${text}`
    expect((await one(sql)).map(([line]) => line)).toEqual(rule ? [`${rule} on bits: ${rows}`] : [])
    const applied = await db.script(`begin; set local search_path = public; ${sql}; rollback`).then(
      () => true,
      () => false,
    )
    if (!applied) await db.script('rollback')
    expect(applied).toBe(!rule)
  })
})

describe('rules of domains', () => {
  beforeAll(async () => {
    await db.script(`set search_path = public; create domain amount as numeric(10, 2); create domain price as amount check (value < 1000);
      create table sold (id int primary key, total amount, each_one price); create table sold_too (total amount) partition by list (total);
      create table sold_too_1 partition of sold_too default;
      insert into sold values (1, -5, 1), (2, 7, -2), (3, null, null); insert into sold_too values (-8), (-9), (1);
      create type item as (what text, at amount); create table bills (id int primary key, amounts amount[], item item, lines item[]);
      insert into bills values (1, '{1,-2}', '(a,1)', '{}'), (2, null, null, null), (3, '{1}', '(b,-4)', '{"(c,1)","(d,-7)"}');
      set search_path = ''`)
  })

  test.each([
    'alter domain amount add constraint positive check (value > 0)',
    'alter domain amount add constraint positive check (value > 0::numeric) not valid; alter domain amount validate constraint positive',
  ])('a check, wherever the domain is a column’s: %s', async (text) => {
    const {broken} = await look(text)
    expect(told({broken, unseen: []})).toEqual([
      ['check positive of domain amount on public.sold: 1', {id: '1', total: '-5.00'}],
      ['check positive of domain amount on public.sold: 1', {id: '2', each_one: '-2.00'}],
      ['check positive of domain amount on public.sold_too_1: 2', {total: '-8.00'}, {total: '-9.00'}],
    ])
    expect(broken.map(({demand}) => demand.unsettled)).toEqual([false, false, false])
  })

  test('NOT NULL, and what is mended before', async () => {
    expect((await one('alter domain price set not null')).map(([line]) => line)).toEqual([
      'NOT NULL of domain price on public.sold: 1',
    ])
    expect((await one('alter domain price add constraint there not null'))[0]![0]).toBe(
      'NOT NULL of domain price on public.sold: 1',
    )
    expect(await one('alter domain amount add check (value > 0) not valid; alter domain amount add check (value > -10)')).toEqual(
      [],
    )
    const {broken} = await look('update sold set total = 1; alter domain amount add check (value > -8)')
    expect(broken.map(({demand}) => [demand.table, demand.unsettled])).toEqual([['public.sold_too_1', true]])
  })

  test('inside arrays and composite types, which take on a domain made anew', async () => {
    const text = `alter type item rename to item__old; alter domain amount rename to amount__old;
      create domain public.amount as numeric(10, 2) constraint positive check (value > 0::numeric);
      create type public.item as (what text, at public.amount);
      alter table public.bills alter column amounts type public.amount[] using amounts::text::public.amount[];
      alter table public.bills alter column item type public.item using item::text::public.item;
      alter table public.bills alter column lines type public.item[] using lines::text::public.item[];
      alter table public.sold alter column total type public.amount;`
    expect(await one(text)).toEqual([
      ['rules of public.amount in amounts on public.bills: 1', {id: '1', amounts: '{1.00,-2.00}'}],
      ['rules of public.item in item on public.bills: 1', {id: '3', item: '(b,-4.00)'}],
      ['rules of public.item in lines on public.bills: 1', {id: '3', lines: '{"(c,1.00)","(d,-7.00)"}'}],
      ['rules of public.amount in total on public.sold: 1', {id: '1', total: '-5.00'}],
    ])
    const filled = text.replace('check (value > 0::numeric)', 'not null')
    expect((await one(filled)).map(([line]) => line)).toEqual(['rules of public.amount in total on public.sold: 1'])
    expect(await one(text.replace('> 0', '> -10'))).toEqual([])
    const short = text
      .replace('numeric(10, 2)', 'varchar(4)')
      .replace('value > 0::numeric', 'true')
      .replaceAll('type public.amount;', 'type public.amount using total::text::public.amount;')
    expect((await one(short)).map(([line]) => line)).toEqual([
      'rules of public.amount in amounts on public.bills: 1',
      'rules of public.item in item on public.bills: 1',
      'rules of public.item in lines on public.bills: 1',
      'rules of public.amount in total on public.sold: 1',
    ])
  })
})

describe('what an earlier statement may mend stops nothing', () => {
  test('rows that are filled before the rule comes', async () => {
    const {broken} = await look("update users set email = 'none' where email is null; alter table users alter email set not null")
    expect(broken.map(({demand}) => demand.unsettled)).toEqual([true])
    const after = await look('alter table users alter email set not null; delete from users')
    expect(after.broken.map(({demand}) => demand.unsettled)).toEqual([false])
  })

  test('tables and columns that are not there yet', async () => {
    const text = `create table fresh (id int); alter table fresh add check (id > 0);
      alter table users add column age int; alter table users add check (age is not null and age > 0);
      alter table nowhere add unique (id); alter table users rename email to mail; alter table users alter mail set not null`
    expect(await one(text)).toEqual([])
  })
})

describe('only what the rule will be about is looked at', () => {
  test('rows of tables that merely inherit obey no key of their parent', async () => {
    await db.script(`create table public.top (id int, kind text); create table public.low () inherits (public.top);
      insert into public.top values (1, 'a'); insert into public.low values (1, null), (-1, 'b')`)
    const text = (rule: string) => `alter table top add ${rule}`
    expect(await one(text('unique (id)'), text('primary key (id)'), text('check (id > 0) no inherit'))).toEqual([])
    expect((await one(text('check (id > 0)')))[0]![0]).toBe('check on top: 1')
    expect((await one('alter table top alter kind set not null'))[0]![0]).toBe('NOT NULL of kind on top: 1')
  })

  test('parts of a half-applied file that are committed are not looked at again', async () => {
    const text = `BEGIN; alter table users alter email set not null; COMMIT; create unique index concurrently u on users (email);`
    const migration = migrationFrom('migrations/20260101T000000_m.sql', text)
    const rules = async (done: readonly number[]) =>
      (await preflight(db, [{migration, done: new Set(done)}])).broken.map(({demand}) => demand.rule)
    expect(await rules([])).toEqual(['NOT NULL of email', 'unique index u'])
    expect(await rules([1])).toEqual(['unique index u'])
  })

  test('the table that a name means under the search_path of its place', async () => {
    await db.script(`create schema app; create table app.users (id int, email text); insert into app.users values (1, 'x')`)
    expect(await one('set search_path = app; alter table users alter email set not null')).toEqual([])
    const local = 'begin; set local search_path = app; commit; alter table users alter email set not null'
    expect((await one(local))[0]![0]).toBe('NOT NULL of email on users: 10')
    expect(await one("select set_config('search_path', 'app', false); alter table users alter email set not null")).toEqual([])
    expect(await one('create table if not exists users (id int); alter table users alter email set not null')).toHaveLength(1)
    expect(
      await one('drop table public.users; create table users (email text); alter table public.users alter email set not null'),
    ).toEqual([])
  })

  test('types, functions and partitions that change before are no reason to stop', async () => {
    const certain = async (text: string) => (await look(text)).broken.filter(({demand}) => !demand.unsettled)
    await db.script(
      `create type public.mood as enum ('7'); create function public.big(n numeric) returns boolean language sql immutable as 'select n > 300'`,
    )
    const table = 'alter table "Odd S"."Or ders"'
    expect(await certain(`${table} alter note type mood using note::mood`)).toHaveLength(1)
    expect(await certain(`alter type mood add value 'x'; ${table} alter note type mood using note::mood`)).toEqual([])
    expect(await certain(`${table} add check (big(total))`)).toHaveLength(1)
    expect(
      await certain(
        `create or replace function big(n numeric) returns boolean language sql as 'select true'; ${table} add check (big(total))`,
      ),
    ).toEqual([])
    expect(await certain('alter table parts detach partition parts_2; alter table parts alter kind set not null')).toEqual([])
    expect(
      await certain('alter table users alter email type text using coalesce(email, $$-$$), alter email set not null'),
    ).toEqual([])
  })

  test('a number that is too long for a text', async () => {
    expect((await one('alter table "Odd S"."Or ders" alter big type varchar(10)'))[0]![0]).toBe(
      'type varchar(10) of big on "Odd S"."Or ders": 11',
    )
  })
})

describe('nothing is held up by looking', () => {
  test('a look that takes long is given up, and said', async () => {
    const pending = [
      {migration: migrationFrom('migrations/20260101T000000_m.sql', 'alter table users add check (pg_sleep(0.01) is null)')},
    ]
    const {broken, unseen} = await preflight(db, pending, {limit: 100})
    expect(broken).toEqual([])
    expect(unseen.map(({why}) => why)).toEqual(['it takes longer than 0.1 s'])
  })

  test('a table that somebody has locked', async () => {
    const other = await database.connect()
    try {
      await other.script('begin; lock table public.empty')
      expect(await one('alter table empty alter id set not null')).toEqual([
        ['unseen NOT NULL of id: somebody holds a lock on the table'],
      ])
    } finally {
      await other.close()
    }
  })

  test('nothing can be written: a rule that calls a function that writes', async () => {
    await db.script(`create function public.spy() returns boolean language sql as 'delete from public.users returning true'`)
    expect((await one('alter table users add check (spy())'))[0]![0]).toContain('read-only transaction')
    expect(await db.query('select count(*)::int as n from public.users')).toEqual([{n: 100}])
  })
})

// Rows as they are, and what pending migrations demand of them: what breaks a rule is counted and shown before anything is applied.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {migrationFrom} from '../../src/migrations/file.ts'
import {preflight} from '../../src/migrations/preflight.ts'
import {openRows, type Rows} from './rows.ts'

let rows: Rows
let db: Rows['db']
let one: Rows['one']
let look: Rows['look']
let database: Rows['database']
beforeAll(async () => {
  rows = await openRows()
  ;({db, one, look, database} = rows)
})
afterAll(() => rows?.close())

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

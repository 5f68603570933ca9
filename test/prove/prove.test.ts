// Plans between small schemas, proven: what holds, what depends on rows, what loses them, what does not lead there.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Plan, Step} from '../../src/diff/model.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {proveCase} from './fixture.ts'

let shadow: Shadow
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(() => shadow?.close())

const people = 'create table people (id int primary key, name text, age int)'
const sqlOf = (steps: readonly {step: Step}[]) => steps.map(({step}) => step.sql)

function bent(change: (step: Step) => Partial<Step>): (plan: Plan) => Plan {
  return (plan) => ({...plan, steps: plan.steps.map((step) => ({...step, ...change(step)}))})
}

test('a plan that keeps all rows is proven with rows', async () => {
  const proof = await proveCase(shadow, {
    current: `${people}; create table pets (id int primary key, owner int not null references people)`,
    desired: `create table people (id bigint primary key, name text, age int, email text);
      create index on people (name);
      create table pets (id int primary key, owner int not null references people, kind text not null default 'cat')`,
  })
  expect(proof).toMatchObject({planted: 2, unplanted: [], dataDependent: []})
})

test('NOT NULL on a column that holds NULLs is told, and proven on the others', async () => {
  const proof = await proveCase(shadow, {current: people, desired: people.replace('name text', 'name text not null')})
  expect(proof.planted).toBe(1)
  expect(proof.dataDependent).toHaveLength(1)
  expect(proof.dataDependent[0]!.why).toContain('null')
})

test('a new check, unique key and foreign key depend on rows; rows that reference a row taken away go with it', async () => {
  const proof = await proveCase(shadow, {
    current: `${people}; create table pets (id int primary key, owner int not null references people, home int); create table homes (id int primary key)`,
    desired: `create table people (id int primary key, name text unique, age int check (age between 18 and 20));
      create table homes (id int primary key);
      create table pets (id int primary key, owner int not null references people, home int references homes)`,
  })
  expect(sqlOf(proof.dataDependent).join()).toContain('CHECK')
  expect(proof.unplanted).toEqual([])
  expect(proof.planted).toBe(3)
})

test('a cast that some value does not survive is told', async () => {
  const proof = await proveCase(shadow, {current: people, desired: people.replace('name text', 'name int')})
  expect(proof.dataDependent.length).toBeGreaterThan(0)
})

test('a cast that cuts values is told, though it succeeds', async () => {
  const bend = bent(() => ({
    sql: 'alter table people alter column name type varchar(5) using name::varchar(5)'.replace('people', 'public.people'),
  }))
  const proof = await proveCase(shadow, {current: people, desired: people.replace('name text', 'name varchar(5)'), bend})
  expect(proof.dataDependent[0]!.why).toMatch(/public\.people\.name.*from text to character varying\(5\)/)
})

test('fields of a row type come and go with their rows kept', async () => {
  const proof = await proveCase(shadow, {
    current: 'create type place as (street text, zip int); create table homes (id int primary key, at place, more place[])',
    desired: 'create type place as (street text, city text); create table homes (id int primary key, at place, more place[])',
  })
  expect(proof).toMatchObject({planted: 1, unplanted: []})
})

test('tables that only use a changed type are planted too', async () => {
  const proof = await proveCase(shadow, {
    current: 'create domain age as int; create domain old as age; create table a (id int primary key, age old)',
    desired: 'create domain age as int check (value > 0); create domain old as age; create table a (id int primary key, age old)',
  })
  expect(proof.dataDependent).toHaveLength(1)
  expect(proof.planted).toBe(1)
})

test('an enum loses a label: rows that hold it are told', async () => {
  const proof = await proveCase(shadow, {
    current: `create type mood as enum ('sad', 'ok', 'happy'); create table days (id int primary key, mood mood not null)`,
    desired: `create type mood as enum ('ok', 'happy'); create table days (id int primary key, mood mood not null)`,
  })
  expect(proof.dataDependent[0]?.why).toContain('sad')
  expect(proof.planted).toBe(1)
})

test('a declared drop of a table and of columns, inherited ones included, is no loss', async () => {
  const proof = await proveCase(shadow, {
    current: `${people}; create table gone (id int); create table logs (id int, day date, note text) partition by range (day);
      create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01')`,
    desired: `create table people (id int primary key, name text); create table logs (id int, day date) partition by range (day);
      create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01')`,
  })
  expect(proof.unplanted).toEqual([])
})

test('a drop that no step declares is an error', async () => {
  const lost = proveCase(shadow, {
    current: people,
    desired: 'create table people (id int primary key, name text)',
    bend: bent(() => ({loses: [], hazards: []})),
  })
  await expect(lost).rejects.toMatchObject({code: 'data-loss', message: expect.stringContaining('public.people.age')})
})

test('rows deleted or changed by a step are an error that names one', async () => {
  const desired = `${people}; comment on table people is 'x'`
  const deleting = proveCase(shadow, {
    current: people,
    desired,
    bend: bent((s) => ({sql: `delete from public.people where id = 1; ${s.sql}`})),
  })
  await expect(deleting).rejects.toMatchObject({code: 'data-loss', message: expect.stringContaining("id '1'")})
  const changing = proveCase(shadow, {
    current: people,
    desired,
    bend: bent((s) => ({sql: `update public.people set age = 7; ${s.sql}`})),
  })
  await expect(changing).rejects.toMatchObject({code: 'data-loss', message: expect.stringContaining('public.people.age')})
})

test('a plan that leads elsewhere names what is left', async () => {
  const short = proveCase(shadow, {
    current: people,
    desired: `${people}; create index on people (age)`,
    bend: (plan) => ({...plan, steps: []}),
  })
  await expect(short).rejects.toMatchObject({
    code: 'proof-failed',
    message: expect.stringContaining('create index public.people_age_idx'),
  })
})

test('a step that fails for another reason is named with its error', async () => {
  const broken = proveCase(shadow, {
    current: people,
    desired: `${people}; create index on people (age)`,
    bend: bent(() => ({sql: 'create index on nowhere (a)'})),
  })
  await expect(broken).rejects.toMatchObject({
    code: 'proof-failed',
    message: expect.stringMatching(/nowhere.*\ncreate index on nowhere/),
  })
})

test('a function that names things without their schema finds them, when a plan has to call it for rows', async () => {
  const made = `create sequence ticks;
    create function next_tick() returns bigint language plpgsql as $$ begin return nextval('ticks'); end $$`
  const proof = await proveCase(shadow, {
    current: people,
    desired: `${made}; ${people.replace(')', ', tick bigint default next_tick())')}`,
  })
  expect(proof.planted).toBe(1)
})

test('one that relies on a search_path nobody knows is told', async () => {
  const made = `create schema apart; create sequence apart.ticks;
    create function next_tick() returns bigint language plpgsql as $$ begin return nextval('ticks'); end $$`
  const proven = proveCase(shadow, {
    current: people,
    desired: `${made}; ${people.replace(')', ', tick bigint default next_tick())')}`,
  })
  await expect(proven).rejects.toMatchObject({code: 'proof-failed', hint: expect.stringContaining('SET search_path')})
})

test('rows that a function of a new rule raises an error about give way', async () => {
  const raises = `create function grown(age int) returns boolean language plpgsql immutable as
    $$ begin if age is null or age > 1 then raise exception 'not %', age; end if; return true; end $$`
  const proof = await proveCase(shadow, {
    current: `${raises}; ${people}`,
    desired: `${raises}; create table people (id int primary key, name text, age int check (grown(age)))`,
  })
  expect(sqlOf(proof.dataDependent).join()).toContain('grown')
})

test('a cast that calls a value a syntax error is told', async () => {
  const proof = await proveCase(shadow, {current: people, desired: people.replace('name text', 'name tsquery')})
  expect(sqlOf(proof.dataDependent).join()).toContain('tsquery')
})

test('rows that an event trigger raises an error about are not planted, and that is told', async () => {
  const guard = `create table kept (name text primary key);
    create function guard() returns event_trigger language plpgsql as $$ begin
      if exists (select from public.kept) then raise exception 'something is kept'; end if; end $$;
    create event trigger guard on ddl_command_end execute function guard()`
  const proof = await proveCase(shadow, {
    current: `${guard}; create function other() returns int language sql as 'select 1'`,
    desired: guard.replace('primary key', 'primary key, why text'),
  })
  expect(proof).toMatchObject({planted: 0, unplanted: [{table: 'public.kept', why: expect.stringContaining('event trigger')}]})
  const always = guard.replace('exists (select from public.kept)', 'true')
  const refused = proveCase(shadow, {current: always, desired: `create table more (); ${always}`})
  await expect(refused).rejects.toThrow('something is kept')
})

test('a unique index made concurrently that fails on rows is cleaned up and proven on fewer', async () => {
  const proof = await proveCase(shadow, {
    current: people,
    desired: `${people}; create unique index people_name on people ((name is null))`,
    bend: bent((s) => ({sql: s.sql.replace('INDEX', 'INDEX CONCURRENTLY'), transaction: 'alone'})),
  })
  expect(proof.dataDependent[0]!.step.sql).toContain('CONCURRENTLY')
  expect(proof.planted).toBe(1)
})

test('a privilege that the role lacks fails the proof', async () => {
  const current = `do $$ begin create role prove_weak; exception when duplicate_object then null; end $$; ${people}`
  const weak = proveCase(shadow, {current, desired: `${people}; create index on people (age)`, role: 'prove_weak'})
  await expect(weak).rejects.toMatchObject({code: 'proof-failed', message: expect.stringContaining('must be owner')})
})

test('rows give way under a role that may not touch them', async () => {
  const current = `do $$ begin create role prove_owner; exception when duplicate_object then null; end $$; grant all on schema public to prove_owner;
    ${people}; alter table people owner to prove_owner; alter table people enable row level security; alter table people force row level security`
  const proof = await proveCase(shadow, {
    current,
    desired: current.replace('name text', 'name text not null'),
    role: 'prove_owner',
  })
  expect(proof.dataDependent).toHaveLength(1)
  expect(proof.planted).toBe(1)
})

test('rows that reference what had to go do not blame the keys made anew', async () => {
  const proof = await proveCase(shadow, {
    current: `${people}; create table pets (id int primary key, owner int not null references people)`,
    desired: `create table people (id bigint primary key, name text, age int, must text not null); create table pets (id int primary key, owner bigint not null references people)`,
  })
  expect(sqlOf(proof.dataDependent)).toEqual([expect.stringContaining('must')])
  expect(proof.unplanted.map(({table}) => table)).toContain('public.people')
})

test('rows of partitions are found in the table that takes their place', async () => {
  const proof = await proveCase(shadow, {
    current: `create table logs (id int, day date) partition by range (day); create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01');
      create table bits (id int, n int) partition by hash (id); create table bits_0 partition of bits for values with (modulus 2, remainder 0); create table bits_1 partition of bits for values with (modulus 2, remainder 1)`,
    desired: `create table logs (id bigint, day date) partition by range (day); create table logs_1 (id bigint, day date);
      create table bits (id int, n bigint) partition by hash (id); create table bits_0 partition of bits for values with (modulus 2, remainder 0); create table bits_1 partition of bits for values with (modulus 2, remainder 1)`,
  })
  expect(proof.unplanted).toEqual([])
  expect(proof.planted).toBeGreaterThanOrEqual(2)
})

test('tables that inherit become partitions of a parent of that name, without the checks that it had', async () => {
  const proof = await proveCase(shadow, {
    current: `create table logs (id int not null, day date not null, check (id > 0));
      create table logs_old (check (day < '2026-01-01')) inherits (logs);
      create table logs_new (check (day >= '2026-01-01')) inherits (logs)`,
    desired: `create table logs (id int not null, day date not null) partition by range (day);
      create table logs_old partition of logs for values from (minvalue) to ('2026-01-01');
      create table logs_new partition of logs for values from ('2026-01-01') to (maxvalue);
      create index on logs (day)`,
  })
  expect(proof.planted).toBeGreaterThan(0)
})

test('many steps run fast', async () => {
  const tables = Array.from({length: 300}, (_, n) => `create table t${n} (id int primary key, a text, b text)`).join(';')
  const indexes = Array.from({length: 300}, (_, n) => `create index on t${n} (a)`).join(';')
  const started = Date.now()
  const proof = await proveCase(shadow, {current: tables, desired: `${tables}; ${indexes}`})
  expect(proof.planted).toBe(300)
  expect(Date.now() - started).toBeLessThan(30_000)
}, 40_000)

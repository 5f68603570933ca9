// Steps in, SQL text out; the text must do the same in psql -f, in psql -1, and as a migration file.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {CatalogObject, ObjectId, Plan, Step} from '../../src/diff/model.ts'
import {renderSql, renderSummary} from '../../src/diff/render.ts'
import {losesData} from '../../src/diff/step.ts'
import {applyMigrations} from '../../src/migrations/apply.ts'
import {migrationFrom} from '../../src/migrations/file.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {psql, psqlPath} from '../migrations/psql.ts'

const step = (object: string, sql: string, extra: Partial<Step> = {}): Step => ({
  sql,
  object: object as ObjectId,
  verb: 'create',
  makes: [],
  needs: [],
  softNeeds: [],
  breaks: [],
  releases: [],
  claims: [],
  frees: [],
  disturbs: [],
  transaction: 'inside',
  hazards: [],
  loses: [],
  ...extra,
})
const planOf = (...steps: Step[]): Plan => ({from: 'a', to: 'b', steps})

const plan = planOf(
  step('table public.t', 'CREATE TABLE public.t (\n    id integer,\n    mood public.mood\n)'),
  step('comment on table public.t', "COMMENT ON TABLE public.t IS 'a'"),
  step('comment on column public.t.id', "COMMENT ON COLUMN public.t.id IS 'b'"),
  step('enum label public.mood.new', "ALTER TYPE public.mood ADD VALUE 'new'", {transaction: 'commit-after'}),
  step('enum label public.mood.newer', "ALTER TYPE public.mood ADD VALUE 'newer'", {transaction: 'commit-after'}),
  step('default public.t.mood', "ALTER TABLE public.t ALTER COLUMN mood SET DEFAULT 'newer'::public.mood", {verb: 'alter'}),
  step('function public.f()', 'CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS $$ select nowhere.g(); $$'),
  step(
    'function public.bare()',
    'CREATE FUNCTION public.bare() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ begin return (select count(*) from t); end $$',
  ),
  step('column public.t.held', 'ALTER TABLE public.t ADD COLUMN held bigint DEFAULT public.bare()', {path: 'public'}),
  step('comment on column public.t.held', "COMMENT ON COLUMN public.t.held IS 'c'"),
  step('index public.t_id', 'CREATE INDEX CONCURRENTLY t_id ON public.t (id)', {transaction: 'alone'}),
  step('table public.old', 'DROP TABLE public.old', {
    verb: 'drop',
    hazards: [losesData('the rows of public.old\nDROP TABLE public.kept; go')],
  }),
)

describe('renderSql', () => {
  test('is nothing for nothing', () => {
    expect(renderSql(planOf(), {transactions: true})).toBe('')
  })

  test('groups steps, commits before what needs a commit, leaves alone what stands alone', () => {
    const lines = renderSql(plan, {transactions: true}).split('\n')
    const frame = lines
      .filter((line) => /^(BEGIN|COMMIT;|CREATE|ALTER|DROP|COMMENT)/.test(line))
      .map((line) => line.split(' ').slice(0, 2).join(' '))
    expect(frame).toEqual([
      ...['BEGIN;', 'CREATE TABLE', 'COMMENT ON', 'COMMENT ON', 'ALTER TYPE', 'ALTER TYPE', 'COMMIT;'],
      ...['BEGIN;', 'ALTER TABLE', 'CREATE FUNCTION', 'CREATE FUNCTION', 'ALTER TABLE', 'COMMENT ON', 'COMMIT;'],
      'CREATE INDEX',
      ...['BEGIN;', 'DROP TABLE', 'COMMIT;'],
    ])
  })

  test('writes hazards above the step, and no name can end the comment', () => {
    expect(renderSql(plan, {transactions: true})).toContain(
      '-- hazard data-loss: the rows of public.old DROP TABLE public.kept; go\n-- pgext:allow data-loss\nDROP TABLE public.old;',
    )
  })

  test('leaves transactions to the caller when asked', () => {
    const text = renderSql(plan, {transactions: false})
    expect(text).not.toMatch(/^(BEGIN|COMMIT);$/m)
    expect(text).toContain('CREATE INDEX CONCURRENTLY')
  })
})

test('renderSummary: a line an object', () => {
  const object = (id: string) => ({id}) as CatalogObject
  const changes = [
    {verb: 'create', to: object('table public.tasks')},
    {verb: 'alter', from: object('column public.a.b'), to: object('column public.a.b')},
    {verb: 'drop', from: object('index public."x\ny"')},
  ] as const
  expect(renderSummary(changes)).toBe('+ table public.tasks\n~ column public.a.b\n- index public."x y"')
})

describe('the text runs', () => {
  let shadow: Shadow
  let seeded: ShadowDatabase
  const SEED = `
    create type public.mood as enum ('old'); create table public.old (a int); create table public.kept (a int);
    create schema app; create table app.kept (a int);`
  const STATE = `
    select (select json_agg(enumlabel order by enumsortorder) from pg_enum)::text as labels,
      (select json_agg(c.oid::regclass::text order by c.relname, c.relnamespace) from pg_class c
        where relkind in ('r', 'i') and relnamespace in ('public'::regnamespace, 'app'::regnamespace))::text as relations,
      (select indisvalid from pg_index where indexrelid = 'public.t_id'::regclass) as valid,
      (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'public.t'::regclass and adnum = 2) as expression,
      (select prosrc from pg_proc where proname = 'f') as source`
  const EXPECTED = {
    labels: '["old", "new", "newer"]',
    relations: '["app.kept", "public.kept", "public.t", "public.t_id"]',
    valid: true,
    expression: "'newer'::public.mood",
    source: ' select nowhere.g(); ',
  }
  const urlOf = (database: ShadowDatabase) => (database.shadow as any).place.urlOf(database.name) as string

  beforeAll(async () => {
    shadow = await openShadow({want: 'native'})
    seeded = await shadow.create()
    const db = await seeded.connect()
    await db.script(SEED)
    await db.close()
  })
  afterAll(() => shadow?.close())

  const stateOf = async (database: ShadowDatabase) => {
    const db = await database.connect()
    const [row] = await db.query(STATE)
    await db.close()
    return {...row, relations: JSON.stringify(JSON.parse(row!.relations).sort()).replaceAll(',', ', ')}
  }

  test('as a migration', async () => {
    const database = await seeded.clone()
    const db = await database.connect()
    const migration = migrationFrom('20260101T000000_a.sql', renderSql(plan, {transactions: true}))
    expect(await applyMigrations(db, [migration])).toHaveLength(1)
    await db.close()
    expect(await stateOf(database)).toEqual(EXPECTED)
  })

  test.skipIf(!psqlPath)(`in psql${psqlPath ? '' : ' (skipped: there is no psql here)'}`, async () => {
    for (const [flags, options] of [
      [[], {transactions: true}],
      [['-1'], {transactions: true}],
      [[], {transactions: false}],
    ] as const) {
      const database = await seeded.clone()
      const text = renderSql(plan, options)
      const show = 'show search_path; show check_function_bodies; show client_min_messages;'
      const {status, out, err} = psql(urlOf(database), `set search_path = app;\n${text}\n${show}`, flags)
      expect(err.replace(/.*WARNING: .*(transaction|in progress).*/g, '').trim()).toBe('')
      expect(status).toBe(0)
      // what a script had set before it, it still has after it
      expect(out.split('\n').slice(-3)).toEqual(['app', 'on', 'notice'])
      expect(await stateOf(database)).toEqual(EXPECTED)
    }
  })
})

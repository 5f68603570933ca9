// Rows planted in the catalogs of labels in, the statements that would make them out: no test server has a provider to run them.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Catalog} from '../../src/diff/model.ts'
import {plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {parse} from '../../src/postgres/parse.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const ROLES = new Set(['labelled'])

let shadow: Shadow
let db: Db
let bare: Catalog
let labelled: Catalog

beforeAll(async () => {
  shadow = await openShadow({want: 'native', isolated: true})
  db = await (await shadow.create()).connect()
  await db.script(`
    create table public.people (id int primary key, "Full name" text);
    create view public.names as select "Full name" from public.people;
    create function public.f(int, text) returns int language sql as 'select 1';
    create domain public.mail as text;
    create type public.mood as enum ('a');
    create role labelled`)
  bare = await read(db, ROLES)
  await db.script(`
    set allow_system_table_mods = on;
    insert into pg_seclabel values
      ('public.people'::regclass, 'pg_class'::regclass, 0, 'anon', 'it''s "secret"'),
      ('public.people'::regclass, 'pg_class'::regclass, 2, 'anon', 'MASKED WITH VALUE $$x$$'),
      ('public.people'::regclass, 'pg_class'::regclass, 2, 'Other one', 'x'),
      ('public.names'::regclass, 'pg_class'::regclass, 1, 'anon', 'seen'),
      ('public.f(int, text)'::regprocedure, 'pg_proc'::regclass, 0, 'anon', 'TRUSTED'),
      ('public.mail'::regtype, 'pg_type'::regclass, 0, 'anon', 'd'),
      ('public.mood'::regtype, 'pg_type'::regclass, 0, 'anon', 'e'),
      ('public'::regnamespace, 'pg_namespace'::regclass, 0, 'anon', 's');
    insert into pg_shseclabel values ('labelled'::regrole, 'pg_authid'::regclass, 'anon', 'MASKED')`)
  labelled = await read(db, ROLES)
})

afterAll(() => shadow.close())

test('labels are read, and written for each object and provider', async () => {
  const sql = plan(bare, labelled).steps.map((step) => step.sql)
  expect(sql.sort()).toEqual([
    `SECURITY LABEL FOR "Other one" ON COLUMN public.people."Full name" IS 'x'`,
    `SECURITY LABEL FOR anon ON COLUMN public.names."Full name" IS 'seen'`,
    `SECURITY LABEL FOR anon ON COLUMN public.people."Full name" IS 'MASKED WITH VALUE $$x$$'`,
    `SECURITY LABEL FOR anon ON DOMAIN public.mail IS 'd'`,
    `SECURITY LABEL FOR anon ON FUNCTION public.f(integer, text) IS 'TRUSTED'`,
    `SECURITY LABEL FOR anon ON ROLE labelled IS 'MASKED'`,
    `SECURITY LABEL FOR anon ON SCHEMA public IS 's'`,
    `SECURITY LABEL FOR anon ON TABLE public.people IS 'it''s "secret"'`,
    `SECURITY LABEL FOR anon ON TYPE public.mood IS 'e'`,
  ])
  for (const {stmt} of await parse(sql.join(';\n'))) expect(Object.keys(stmt)).toEqual(['SecLabelStmt'])
})

test('a label that goes is set to NULL, one that changes is said again', () => {
  expect(plan(labelled, bare).steps.map((step) => step.sql)).toContain(
    'SECURITY LABEL FOR "Other one" ON COLUMN public.people."Full name" IS NULL',
  )
  expect(plan(labelled, labelled).steps).toEqual([])
})

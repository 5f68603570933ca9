// Files of rows: each once by content, in a transaction of its own, together with the row that remembers it.
import {rename} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
let shop: Project
const rows = async (project = shop) => (await project.ask('select name from tags order by 1')).map(({name}) => name)

beforeAll(async () => {
  site = await openSite()
  shop = await site.project('seeded', {
    'schema.sql': 'CREATE TABLE tags (name text PRIMARY KEY, parent text REFERENCES tags DEFERRABLE INITIALLY DEFERRED);\n',
    'seed.sql': "BEGIN;\r\nINSERT INTO tags VALUES ('first');\r\nCOMMIT;\r\n",
    'seeds/20 späte.sql': "INSERT INTO tags SELECT name || ' child', name FROM tags WHERE name = 'ten';\n",
    'seeds/10.sql': "SET search_path = nowhere; INSERT INTO public.tags VALUES ('ten');\n",
  })
  await shop.ends(0, 'migrate', '--name', 'first', '--yes')
})
afterAll(() => site.close())

test('they run in order, once, and are no difference to the files', async () => {
  const dry = JSON.parse((await shop.ends(2, 'db:seed', '--dry-run', '--json')).out)
  expect(dry).toMatchObject({ran: [], seeds: [{state: 'new'}, {state: 'new'}, {state: 'new'}]})
  const {out} = await shop.ends(0, 'db:seed')
  expect(out.match(/^ran .*\.sql/gm)).toEqual(['ran seed.sql', 'ran seeds/10.sql', 'ran seeds/20 späte.sql'])
  expect(await rows()).toEqual(['first', 'ten', 'ten child'])
  expect((await shop.ends(0, 'db:seed')).out).toContain('every seed has run')
  expect(await shop.ask('select path, ran_by from pgext.seed order by 1')).toMatchObject([
    {path: 'seed.sql'},
    {path: 'seeds/10.sql'},
    {path: 'seeds/20 späte.sql'},
  ])
  await shop.ends(0, 'diff')
})

test('a changed one runs again where that is asked for; one of another name has run', async () => {
  await rename(join(shop.folder, 'seeds/10.sql'), join(shop.folder, 'seeds/11.sql'))
  await shop.write({'seed.sql': "INSERT INTO tags VALUES ('first'), ('second') ON CONFLICT DO NOTHING;\n", 'seeds/30.sql': ''})
  const left = await shop.ends(2, 'db:seed')
  expect(left.out).toMatch(/^ran seeds\/30\.sql.*\nchanged seed\.sql {2}ran 20/)
  expect(await rows()).not.toContain('second')
  expect((await shop.ends(0, 'db:seed', '--force')).out).toMatch(/^ran seed\.sql.*\n$/)
  expect(await rows()).toContain('second')
  expect((await shop.ask('select path from pgext.seed')).map(({path}) => path)).not.toContain('seeds/10.sql')
  // unchanged, and named
  await shop.ends(0, 'db:seed', join(shop.folder, 'seed.sql'), '--force')
  expect(await shop.fails('db:seed', 'schema.sql')).toContain('no seed of this project')
})

test('one that fails leaves nothing of itself, and says where', async () => {
  await shop.write({
    'seeds/40.sql': "INSERT INTO tags VALUES ('forty');\n",
    'seeds/50.sql': "INSERT INTO tags VALUES ('fifty');\n\n  INSERT INTO tags VALUES ('ten');\n",
  })
  const twice = await shop.ends(1, 'db:seed')
  expect(twice.out).toContain('ran seeds/40.sql')
  expect(twice.err).toMatch(/duplicate key.*\n {2}seeds\/50\.sql:3:3\n/)
  expect(await rows()).toContain('forty')
  expect(await rows()).not.toContain('fifty')

  const place = async (text: string) => {
    await shop.write({'seeds/50.sql': text})
    return shop.fails('db:seed')
  }
  expect(await place("INSERT INTO tags VALUES ('x');\nINSERT INTO tag VALUES ('x');\n")).toMatch(
    /"tag" does not exist\n {2}seeds\/50\.sql:2:13/,
  )
  expect(await place("INSERT INTO tags VALUES ('x');\nCOMMIT;\n")).toMatch(
    /COMMIT has no place in a seed\n {2}seeds\/50\.sql:2:1/,
  )
  expect(await place('\nCOPY tags FROM stdin;\nx\t\\N\ny\n\\.\n')).toMatch(
    /missing data for column "parent"\n {2}seeds\/50\.sql:4:1\n/,
  )
  expect(await place('COPY tag FROM stdin;\nx\n')).toMatch(/"tag" does not exist\n {2}seeds\/50\.sql:1:1\n/)
  expect(await place('COPY tags FROM stdin; SELECT 1;\nx\t\\N\n\\.\n')).toMatch(/seeds\/50\.sql:\d:1/)
  expect(await place("INSERT INTO tags VALUES ('x');\nCOPY tags TO stdout;\n")).toMatch(
    /COPY to stdout has no place.*\n {2}seeds\/50\.sql:2:1/,
  )
  expect(await place("INSERT INTO tags VALUES ('x', 'nobody');\n")).toMatch(
    /seeds\/50\.sql: insert or update on table "tags" violates/,
  )
  expect(await rows()).not.toContain('x')
  await shop.write({'seeds/50.sql': ''})
})

test('a seed may change its role; a role without the right to remember is told so, and nothing has run', async () => {
  await site.admin.script("create role clerk login; create role seeder login password 'x'; grant clerk to seeder")
  await shop.ask('grant insert, select on tags to clerk, seeder')
  await shop.write({'seeds/60.sql': "SET ROLE clerk; INSERT INTO tags VALUES ('of ' || current_user);\n"})
  const url = shop.url.replace(/\/\/[^@]*@/, '//seeder:x@')
  expect(await shop.fails('db:seed', '--url', url)).toMatch(/seeder may not use the record of seeds/)
  await shop.ends(0, 'db:seed')
  expect(await rows()).toContain('of clerk')
})

test('a guarded database asks, and nobody here can answer', async () => {
  await shop.write({'pgext.json': '{"guarded": ["seeded"], "seed": ["seed.sql", "seeds"]}', 'seeds/70.sql': ''})
  expect(await shop.fails('db:seed')).toContain('database seeded is guarded')
  await shop.ends(0, 'db:seed', '--yes')
  await shop.write({'pgext.json': '{"seed": "rows.sql"}'})
  expect(await shop.fails('db:seed')).toContain('there is no rows.sql')
})

test('a comment before the semicolon ends no more than its line; of two alike each is itself', async () => {
  const alike = "INSERT INTO tags SELECT 'alike ' || count(*) FROM tags -- how many\n;\nSELECT 1;\n"
  await shop.write({'pgext.json': '{}', 'seeds/80.sql': alike, 'seeds/81.sql': alike})
  await shop.ends(0, 'db:seed', 'seeds/80.sql')
  await shop.ends(0, 'db:seed', 'seeds/81.sql')
  expect((await rows()).filter((name) => name.startsWith('alike'))).toHaveLength(2)
  expect((await shop.ends(0, 'db:seed')).out).toContain('every seed has run')
})

const DUMPED = String.raw`--
-- PostgreSQL database dump
--

\restrict l0lZg7uPOu04qyhd80oTLfLAb704ky9WRHHlL1Kd5hAV8jrJ9qOB6aBQVYlgRY1

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);

COPY public.odd (id, note, tags, bin) FROM stdin;
1	tab\there\nand line \\. back\\slash	{a,"b c",NULL}	\\x00ff
2	\N	\N	\N
3	ä€😀; COPY x FROM stdin;	{}	\\x
\.


SELECT pg_catalog.setval('public.odd_id_seq', 3, true);

COPY public.tags (name, parent) FROM stdin WITH (FORMAT csv,
  HEADER, DELIMITER ';') ; -- the end
name;parent
"of two
lines";
"last";ten
\.

\unrestrict l0lZg7uPOu04qyhd80oTLfLAb704ky9WRHHlL1Kd5hAV8jrJ9qOB6aBQVYlgRY1
`

test('rows as pg_dump writes them, behind COPY', async () => {
  await shop.ask('create table odd (id int generated always as identity primary key, note text unique, tags text[], bin bytea)')
  await shop.write({
    'seeds/dump0.sql': DUMPED.replaceAll('\n', '\r\n'),
    'seeds/dump1.sql': 'COPY odd (note) FROM stdin;\r\nbehind\r\n',
  })
  expect((await shop.ends(0, 'db:seed', 'seeds/dump0.sql', 'seeds/dump1.sql')).out).toMatch(
    /^ran seeds\/dump0\.sql.*\nran seeds\/dump1\.sql/m,
  )
  expect(await shop.ask(`select id, note, tags::text, encode(bin, 'hex') as bin from odd order by id`)).toEqual([
    {id: 1, note: 'tab\there\nand line \\. back\\slash', tags: '{a,"b c",NULL}', bin: '00ff'},
    {id: 2, note: null, tags: null, bin: null},
    {id: 3, note: 'ä€😀; COPY x FROM stdin;', tags: '{}', bin: ''},
    {id: 4, note: 'behind', tags: null, bin: null},
  ])
  expect(await rows()).toEqual(expect.arrayContaining(['of two\nlines', 'last']))
  // what fails takes the rows before it along
  await shop.write({
    'seeds/dump2.sql':
      "COPY odd (note) FROM stdin;\none\n\\.\nINSERT INTO odd (note) VALUES ('two');\nCOPY odd (note) FROM stdin;\nthree\none\n\\.\n",
  })
  expect(await shop.fails('db:seed', 'seeds/dump2.sql')).toMatch(/duplicate key[\s\S]*\n {2}seeds\/dump2\.sql:7:1\n\n {4}one\n/)
  expect(await shop.ask('select count(*)::int from odd')).toEqual([{count: 4}])
  await shop.write({'seeds/dump2.sql': ''})
  await shop.ask('drop table odd')
})

test('a database that was seeded before there was a record of it', async () => {
  const old = await site.project('older', {
    'schema.sql': 'create table tags (name text); create table more (id int primary key);\n',
    'seed.sql': "insert into tags values ('first');\ninsert into more values (1) on conflict do nothing;\n",
  })
  await old.ends(0, 'migrate', '--name', 'first')
  await old.ask("insert into tags values ('first'); insert into more values (1)")
  expect(await old.fails('db:seed')).toMatch(
    /public\.tags has rows in \S+, and nothing says whether seeds made them[\s\S]*db:seed --ran/,
  )
  expect((await old.ends(0, 'db:seed', '--ran')).out).toContain('taken as run seed.sql')
  expect((await old.ends(0, 'db:seed')).out).toContain('every seed has run')
  expect(await rows(old)).toEqual(['first'])
  await old.ask('truncate pgext.seed')
  await old.ends(0, 'db:seed', '--yes')
  expect(await rows(old)).toEqual(['first', 'first'])
})

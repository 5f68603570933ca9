// SQL in; how its dump is written: what a person would not say twice is said once.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {catalogOf, read} from '../../src/diff/read.ts'
import {dump} from '../../src/dump/dump.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {comesBack, PLAIN, WAYS} from './back.ts'

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

/** The text of schema.sql, once it is sure that it comes back. */
async function written(sql: string): Promise<string> {
  expect(await comesBack([{path: 'schema.sql', text: sql, holdsFunctions: false}], shadow, async () => shadow, WAYS)).toEqual([])
  const database = await shadow.create()
  const db = await database.connect()
  try {
    await db.script(sql)
    const {objects, server, unmodelled} = await read(db)
    return (await dump(catalogOf(objects, server, unmodelled), PLAIN)).files[0]!.text
  } finally {
    await db.close()
    await database.drop()
  }
}

test('a partition says what it does not have from its parent', async () => {
  const text = await written(`
    create table public.visits (id bigint not null, at date not null default '2020-01-01', page text not null, place text default 'x',
      check (page <> ''), primary key (id, at)) partition by range (at);
    create index on public.visits (page);
    create table public.plain partition of public.visits for values from ('2020-01-01') to ('2021-01-01');
    create table public.own partition of public.visits (place default 'y', constraint here check (place <> 'z'))
      for values from ('2021-01-01') to ('2022-01-01');
    create table public.parted partition of public.visits for values from ('2022-01-01') to ('2023-01-01') partition by list (id);
    create table public.below partition of public.parted default with (fillfactor = 70);
    create table public.named (id bigint not null, at date not null default '2020-01-01', page text not null, place text default 'x',
      constraint visits_page_check check (page <> ''), constraint its_key primary key (id, at));
    alter table public.visits attach partition public.named for values from ('2023-01-01') to ('2024-01-01');
    create table public.turned (page text not null, place text, id bigint not null, at date not null,
      constraint visits_page_check check (page <> ''), primary key (id, at));
    alter table public.visits attach partition public.turned for values from ('2024-01-01') to ('2025-01-01');`)
  expect(text).toContain(`CREATE TABLE public.plain PARTITION OF public.visits
    FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');`)
  expect(text).toContain(`CREATE TABLE public.own PARTITION OF public.visits (
    place DEFAULT 'y'::text,
    CONSTRAINT here CHECK ((place <> 'z'::text))
)
FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');`)
  expect(text).toContain(`CREATE TABLE public.parted PARTITION OF public.visits
    FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')
PARTITION BY LIST (id);`)
  expect(text).toContain(`CREATE TABLE public.below PARTITION OF public.parted
    DEFAULT
WITH (fillfactor=70);`)
  // a key under another name, or columns in another order, can't be said so
  expect(text).toContain('ATTACH PARTITION public.named')
  expect(text).toContain('ATTACH PARTITION public.turned')
})

test('grants that differ in grantees or columns alone stand on one line', async () => {
  const text = await written(`
    create table public.notes (id bigint primary key, title text, note text);
    grant select on public.notes to pg_monitor, pg_signal_backend;
    grant insert (id, title, note), update (title, note) on public.notes to pg_signal_backend;
    grant update (note) on public.notes to pg_monitor with grant option;`)
  expect(text).toContain('GRANT SELECT ON TABLE public.notes TO pg_monitor, pg_signal_backend;')
  expect(text).toContain('GRANT INSERT (id, title, note), UPDATE (title, note) ON TABLE public.notes TO pg_signal_backend;')
  expect(text).toContain('GRANT UPDATE (note) ON TABLE public.notes TO pg_monitor WITH GRANT OPTION;')
})

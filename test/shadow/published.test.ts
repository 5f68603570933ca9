// Files with publications in; an error at its place where pg_events would make PostgreSQL refuse writes, and nowhere else, out.
import {afterAll, describe, expect, test} from 'vitest'
import type {Db} from '../../src/postgres/db.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {load} from '../../src/shadow/load.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {sources} from './loading.ts'

const MAJORS = process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17, 18] : [18]

const TABLES = `
  create table nokey (a int, b text);
  create table keyed (a int primary key, b text, c text);
  create table silent (a int primary key); alter table silent replica identity nothing;
  create table whole (a int, b text); alter table whole replica identity full;
  create table by_index (a int not null unique, b text); alter table by_index replica identity using index by_index_a_key;
  create table parent (a int primary key, b text) partition by range (a);
  create table part partition of parent for values from (0) to (100);
  create table loose (a int, b text) partition by range (a);
  create table loose_1 partition of loose default;
  create table stored (a int, g int generated always as (a + 1) stored not null unique);
  create table stored_full (a int primary key, g int generated always as (a + 1) stored);
  alter table stored replica identity using index stored_g_key;
  create table empty ();
  create unlogged table fast (a int);
  create rule nowhere as on update to nokey do also nothing;
`

/** A publication's tables, from which major on, and the tables that can't be written then: PostgreSQL's own verdict, too. */
const CASES: [definition: string, refused?: string, minimum?: number][] = [
  ["for table nokey with (publish = '')"],
  ["for table nokey with (publish = 'insert, truncate')"],
  ['for table nokey', 'nokey'],
  ["for table nokey with (publish = 'update')", 'nokey'],
  ["for table nokey with (publish = 'delete')", 'nokey'],
  ['for table keyed, whole, by_index, parent'],
  ['for table keyed, silent', 'silent'],
  ['for table loose', 'loose_1'],
  ['for table loose with (publish_via_partition_root)', 'loose_1'],
  ['for table only part, keyed'],
  ['for table empty', 'empty'],
  ['for all tables', 'empty'],
  ["for all tables with (publish = '')"],
  ['for tables in schema public', 'empty', 15],
  ['for table keyed (a, b)', undefined, 15],
  ['for table keyed (b)', 'keyed', 15],
  ["for table keyed (b) with (publish = '')", undefined, 15],
  ["for table keyed (b) with (publish = 'insert')", undefined, 15],
  ['for table keyed where (a > 1)', undefined, 15],
  ["for table keyed where (b = 'x')", 'keyed', 15],
  ["for table keyed where (b = 'x') with (publish = '')", undefined, 15],
  ["for table keyed (a) where (b = 'x') with (publish = 'delete')", 'keyed', 15],
  ["for table whole where (b = 'x')", undefined, 15],
  ['for table whole (a)', 'whole', 15],
  ['for table by_index (b)', 'by_index', 15],
  ['for table by_index (a)', undefined, 15],
  ["for table parent where (b = 'x') with (publish_via_partition_root)", 'part', 15],
  ['for table parent (b) with (publish_via_partition_root)', 'part', 15],
  ["for table part where (b = 'x')", 'part', 15],
  ['for table stored', 'stored', 18],
  ['for table stored with (publish_generated_columns = stored)', undefined, 18],
]

describe.each(MAJORS.filter((major) => findBinaries(major)))('on PostgreSQL %i', (major) => {
  let shadow: Shadow
  const fresh = async (work: (db: Db) => Promise<void>) => {
    shadow ??= await openShadow({want: 'native', major})
    const database = await shadow.create()
    const db = await database.connect()
    await work(db).finally(() => db.close())
    await database.drop()
  }
  const loading = (db: Db, text: string) =>
    load(db, sources({'schema.sql': text}), {calls: [], rolesMayBeMade: true, isolated: false})

  afterAll(() => shadow?.close())

  test.each(CASES.filter(([, , minimum = 14]) => major >= minimum))('%s', (definition, refused) =>
    fresh(async (db) => {
      const error = await loading(db, `${TABLES}create publication pg_events\n  ${definition};`).then(
        () => undefined,
        (error) => error,
      )
      // what PostgreSQL does itself
      const denied = new Set<string>()
      const names = await db.query(
        `select relname::text as name, exists (select from pg_attribute where attrelid = c.oid and attnum > 0) as columns
         from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
      )
      for (const {name, columns} of names) {
        for (const sql of [`delete from public.${name}`, ...(columns ? [`update public.${name} set a = default`] : [])])
          await db.query(sql).catch((error) => {
            if (!['55000', '42P10'].includes(error.sqlstate)) throw error
            denied.add(name)
          })
      }
      if (refused === undefined) {
        expect(error).toBeUndefined()
        expect([...denied]).toEqual([])
      } else {
        expect(error).toMatchObject({code: 'bad-sql', hint: expect.stringContaining("WITH (publish = '')")})
        expect(error.message).toMatch(
          new RegExp(`^with this pg_events PostgreSQL would refuse [A-Z ]+(DELETE|UPDATE)? ?on public.${refused} `, 'i'),
        )
        expect([...denied]).toContain(refused)
        expect(error.where.file).toBe('schema.sql')
        const [first] = definition.match(new RegExp(`\\b${refused}\\b`)) ?? []
        const lines = `${TABLES}create publication pg_events\n  ${definition};`.split('\n')
        expect(error.where.text).toBe(first ? lines.at(-1) : lines.at(-2))
        if (first) expect(error.where.column).toBe(lines.at(-1)!.search(new RegExp(`\\b${refused}\\b`)) + 1)
      }
    }),
  )

  test('of another publication the same is a note, whatever else there is', () =>
    fresh(async (db) => {
      const {notes} = await loading(
        db,
        `${TABLES}create publication pg_events for table nokey with (publish = '');
create publication theirs for table keyed, nokey;
create publication fine for table keyed;`,
      )
      expect(notes).toEqual([
        expect.stringMatching(
          /^schema\.sql:\d+: publication theirs: PostgreSQL would refuse UPDATE and DELETE on public\.nokey \(cannot /,
        ),
      ])
      expect(await db.query(`select pubname::text as name from pg_publication where pubupdate order by 1`)).toEqual([
        {name: 'fine'},
        {name: 'theirs'},
      ])
    }))
})

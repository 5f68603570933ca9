// Partitions and tables that inherit, captured by the queue, in; each row under the name that it belongs to, out.
import {describe, expect, test} from 'vitest'
import {readUrl} from '../../src/postgres/url.ts'
import {collect, END, linesOf, openPlaces} from './place.ts'

const {open, reader, told} = openPlaces()

describe('partitions and families', () => {
  test('rows of partitions carry the root’s name and order of columns, however they were written', async () => {
    const place = await open(`
      create table sale (id int, day int, what text, primary key (id, day)) partition by range (day);
      create table sale_a partition of sale for values from (0) to (10);
      create table sale_b (gone int, what text, day int not null, id int not null) ;
      alter table sale_b drop column gone; alter table sale attach partition sale_b for values from (10) to (20);
      create table sale_c partition of sale for values from (20) to (40) partition by list (day);
      create table sale_c1 partition of sale_c for values in (20, 21);
      create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger swallow before insert on sale_c1 for each row when (new.what like 'no%') execute function swallow();
      create publication pg_events for table sale with (publish = '')`)
    expect(
      await told(
        place,
        `insert into sale values (1, 1, 'a'), (2, 11, 'b'), (3, 20, 'c'), (5, 5, 'no');
      insert into sale_b (id, day, what) values (4, 12, 'd'); update sale_c set what = 'e';
      update sale set day = day + 10 where id = 1; update sale set what = 'f' where id in (1, 2);
      update sale set what = what || '2', day = case when id = 5 then 20 else day end where id in (3, 5)`,
      ),
    ).toEqual([
      'INSERT sale 1|1|a',
      'INSERT sale 2|11|b',
      'INSERT sale 3|20|c',
      'INSERT sale 5|5|no',
      'INSERT sale 4|12|d',
      'UPDATE sale 3|20|c → 3|20|e',
      'DELETE sale 1|1|a',
      'INSERT sale 1|11|a',
      'UPDATE sale 2|11|b → 2|11|f',
      'UPDATE sale 1|11|a → 1|11|f',
      // one of the two was swallowed by the partition that it was to move to
      'DELETE sale 5|5|no',
      'UPDATE sale 3|20|e → 3|20|e2',
    ])
    expect(await place.ask('select id, day, what from sale order by id')).toHaveLength(4)
    await place.ask(`create table other (id int); alter publication pg_events add table other; select pgext.sync_events()`)
    expect(await told(place, 'truncate sale_b; truncate sale_c; truncate sale, other')).toEqual([
      'TRUNCATE sale (sale_b)',
      'TRUNCATE sale (sale_c)',
      'TRUNCATE sale (sale_c1)',
      'TRUNCATE sale',
      'TRUNCATE other',
    ])
  })

  test('a partition that somebody made is found while somebody reads; its root’s statements were always captured', async () => {
    const place =
      await open(`create table part (id int primary key) partition by range (id); create table part_a partition of part for values from (0) to (10);
      create publication pg_events for table part with (publish = '')`)
    const source = await reader(place, {tend: 100})
    await place.ask('create table part_b partition of part for values from (10) to (20); insert into part values (11)')
    const isCovered = async () => (await place.ask(`select from pgext.sync_events(false)`)).length === 0
    expect(await isCovered()).toBe(false)
    const reading = collect(source)
    for (let tries = 0; tries < 100 && !(await isCovered()); tries++) await new Promise((resolve) => setTimeout(resolve, 50))
    await place.ask(`insert into part_b values (12); ${END}`)
    expect(linesOf(await reading)).toEqual(['INSERT part 11', 'INSERT part 12'])
  })

  test('a foreign table among partitions is written to as before, and the rows of the others are captured', async () => {
    const place = await open('create table far (id int, v text); create extension postgres_fdw')
    const {host, port, database, user, password} = readUrl(place.url)
    await place.ask(`create server loop foreign data wrapper postgres_fdw options (host '${host}', port '${port}', dbname '${database}');
      create user mapping for current_user server loop options (user '${user}', password '${password}');
      create table near (id int, v text) partition by range (id); create table near_a partition of near for values from (0) to (10);
      create foreign table near_f partition of near for values from (10) to (20) server loop options (schema_name 'public', table_name 'far');
      create publication pg_events for table near with (publish = ''); select pgext.sync_events()`)
    expect(
      await told(place, `insert into near values (1, 'a'), (11, 'b'); update near set v = 'c'; delete from near where id = 1`),
    ).toEqual(['INSERT near 1|a', 'UPDATE near 1|a → 1|c', 'DELETE near 1|c'])
    expect(await place.ask('select * from far')).toEqual([{id: 11, v: 'c'}])
  })

  test('of tables that inherit, each row is told under the name of the table that holds it', async () => {
    const place = await open(`create table being (id int primary key, name text); create table bird (wings int) inherits (being);
      create publication pg_events for table being with (publish = '')`)
    expect(
      await told(
        place,
        `insert into bird values (1, 'a', 2); insert into being values (2, 'b'); update being set name = 'c'; delete from being`,
      ),
    ).toEqual([
      'INSERT bird 1|a|2',
      'INSERT being 2|b',
      'UPDATE being 2|b → 2|c',
      'UPDATE bird 1|a|2 → 1|c|2',
      'DELETE being 2|c',
      'DELETE bird 1|c|2',
    ])
  })
})

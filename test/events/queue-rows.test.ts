// Rows and tables that change in every way, captured by the queue, in; what its reader hands over, held against what was done.
import {describe, expect, test} from 'vitest'
import {collect, END, MAJOR, openPlaces, plain} from './place.ts'

const {open, reader, told} = openPlaces()
const MERGE = `merge into task t using (values (1, 'm'), (9, 'n')) v(id, title) on t.id = v.id
  when matched then update set title = v.title when not matched then insert values (v.id, v.title, 0)`
const TASKS = `create table task (id int primary key, title text, at numeric(6,2));
  create publication pg_events for table task with (publish = '');`

describe('what is done to rows', () => {
  test('in every way that SQL has; a changed key is a new row', async () => {
    const place = await open(TASKS)
    const lines = await told(
      place,
      `insert into task values (1, 'a', 1.5), (2, null, null);
       update task set title = 'b' where id = 1; update task set title = title; update task set id = 3 where id = 2;
       insert into task values (1, 'c') on conflict (id) do update set title = excluded.title || '!';
       ${MAJOR >= 15 ? MERGE : `update task set title = 'm' where id = 1; insert into task values (9, 'n', 0)`};
       with gone as (delete from task where id = 9 returning *) insert into task select id + 1, title, at from gone;
       update task set title = 'x' where false;
       delete from task where id = 1; truncate task;`,
    )
    expect(lines).toEqual([
      'INSERT task 1|a|1.50',
      'INSERT task 2|ø|ø',
      'UPDATE task 1|a|1.50 → 1|b|1.50',
      'UPDATE task 2|ø|ø → 2|ø|ø',
      'UPDATE task 1|b|1.50 → 1|b|1.50',
      'DELETE task 2|ø|ø',
      'INSERT task 3|ø|ø',
      'UPDATE task 1|b|1.50 → 1|c!|1.50',
      'UPDATE task 1|c!|1.50 → 1|m|1.50',
      'INSERT task 9|n|0.00',
      'DELETE task 9|n|0.00',
      'INSERT task 10|n|0.00',
      'DELETE task 1|m|1.50',
      'TRUNCATE task',
    ])
  })

  test('swapped keys, rows that a BEFORE trigger suppresses or changes, rows without a key that are alike', async () => {
    const place = await open(`
      create table swap (id int primary key deferrable initially deferred, v text);
      create table loose (v text);
      create function guard() returns trigger language plpgsql as $$ begin
        if new.v = 'no' then return null; end if; new.v := new.v || '~'; return new; end $$;
      create trigger guard before insert or update on loose for each row execute function guard();
      create publication pg_events for table swap, loose with (publish = '')`)
    expect(
      await told(
        place,
        `insert into swap values (1, 'a'), (2, 'b'); update swap set id = 3 - id;
      insert into loose values ('x'), ('no'), ('x'); update loose set v = 'y'; delete from loose`,
      ),
    ).toEqual([
      'INSERT swap 1|a',
      'INSERT swap 2|b',
      'DELETE swap 1|a',
      'INSERT swap 2|a',
      'DELETE swap 2|b',
      'INSERT swap 1|b',
      'INSERT loose x~',
      'INSERT loose x~',
      'UPDATE loose x~ → y~',
      'UPDATE loose x~ → y~',
      'DELETE loose y~',
      'DELETE loose y~',
    ])
  })

  test('what AFTER ROW triggers do to the same rows comes after them', async () => {
    const place = await open(`
      create table job (id int primary key, n int);
      create function follow() returns trigger language plpgsql as $$ begin
        if tg_op = 'INSERT' and new.n = 0 then update public.job set n = 1 where id = new.id;
        elsif tg_op = 'INSERT' and new.n = 9 then delete from public.job where id = new.id;
        elsif tg_op = 'UPDATE' and new.n between 1 and 2 then update public.job set n = n + 1 where id = new.id;
        elsif tg_op = 'UPDATE' and new.n = 7 then update public.job set n = old.n where id = new.id; end if;
        return null; end $$;
      create trigger follow after insert or update on job for each row when (new.n is distinct from 6) execute function follow();
      create function before() returns trigger language plpgsql as $$ begin
        delete from public.job where id = new.id; return new; end $$;
      create trigger before before insert on job for each row when (new.n = 8) execute function before();
      create publication pg_events for table job with (publish = '')`)
    expect(byRow(await told(place, 'insert into job values (1, 0), (2, 5), (3, 9)'))).toEqual({
      1: ['INSERT job 1|0', 'UPDATE job 1|0 → 1|1', 'UPDATE job 1|1 → 1|2', 'UPDATE job 1|2 → 1|3'],
      2: ['INSERT job 2|5'],
      3: ['INSERT job 3|9', 'DELETE job 3|9'],
    })
    // back to what it was: both orders would be possible
    expect(byRow(await told(place, 'update job set n = 7 where id = 2'))).toEqual({
      2: ['UPDATE job 2|5 → 2|7', 'UPDATE job 2|7 → 2|5'],
    })
    expect(byRow(await told(place, 'insert into job values (2, 8)'))).toEqual({2: ['DELETE job 2|5', 'INSERT job 2|8']})
  })
})

describe('tables that change while they are captured', () => {
  test('no event is lost or misread, by sessions whose plans and snapshots are old', async () => {
    const place = await open(`create table t (id int primary key, a text, b int); insert into t values (0, 'old', 0);
      create publication pg_events for table t with (publish = '')`)
    const source = await reader(place)
    const old = await plain(place.url)
    const writes = async (id: number, isolation = 'read committed', between = '') => {
      await old.script(`begin isolation level ${isolation}; select 1`)
      if (between) await place.ask(between)
      await old.script(`insert into t (id) values (${id}); commit`)
    }
    await writes(1)
    await place.ask('alter table t rename a to "A ""é"')
    await writes(2)
    await writes(
      3,
      'repeatable read',
      'alter table t add c int[]; alter table t alter b type text; alter table t alter c set default array[1]',
    )
    await writes(4, 'serializable', 'alter table t drop b')
    await place.ask('alter table t rename to u; create table t (id int, n int)')
    await old.script('insert into u (id) values (5)')
    await place.ask(`alter table u drop constraint t_pkey; insert into u (id) values (6); drop table t; ${END}`)
    const batches = await collect(source)
    const shapes = batches.flatMap(({entries}) =>
      entries.map((entry) => {
        if (entry.kind !== 'change') throw new Error('no change')
        const {table, columns} = entry.shape
        return `${table}(${columns.map(({name, type, key}) => `${name} ${type}${key ? ' key' : ''}`).join(', ')}) ${entry.row!.map((value) => value ?? 'ø').join('|')}`
      }),
    )
    expect(shapes).toEqual([
      't(id 23 key, a 25, b 23) 1|ø|ø',
      't(id 23 key, A "é 25, b 23) 2|ø|ø',
      't(id 23 key, A "é 25, b 25, c 1007) 3|ø|ø|{1}',
      't(id 23 key, A "é 25, c 1007) 4|ø|{1}',
      'u(id 23 key, A "é 25, c 1007) 5|ø|{1}',
      'u(id 23, A "é 25, c 1007) 6|ø|{1}',
    ])
    await old.close()
  })

  test('columns named like what the capture uses', async () => {
    const place =
      await open(`create table odd (n text, o text, r text, at text, old text, new text, "new_rows" text, "it's ""odd""" text, id int generated always as (1) stored);
      create publication pg_events for table odd with (publish = '')`)
    expect(
      await told(
        place,
        `insert into odd values ('a', 'b', '(', ',', '"', E'\\\\', '', null); update odd set n = 'ä'; delete from odd`,
      ),
    ).toEqual([
      String.raw`INSERT odd a|b|(|,|"|\||ø|1`,
      String.raw`UPDATE odd a|b|(|,|"|\||ø|1 → ä|b|(|,|"|\||ø|1`,
      String.raw`DELETE odd ä|b|(|,|"|\||ø|1`,
    ])
  })

  test('what a session has set changes no text', async () => {
    const place = await open(`create table t (id int primary key, at timestamptz, d date, i interval, b bytea, f float8, m money);
      create publication pg_events for table t with (publish = '')`)
    expect(
      await told(
        place,
        `set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set intervalstyle = 'sql_standard'; set bytea_output = 'escape';
      set extra_float_digits = -10; insert into t values (1, '2026-01-02 03:04:05+00', '2026-01-02', '1 day 2 hours', 'ab', 0.1::float8 + 0.2, 1.5)`,
      ),
    ).toEqual(['INSERT t 1|2026-01-02 03:04:05+00|2026-01-02|P1DT2H|\\x6162|0.30000000000000004|$1.50'])
  })
})

function byRow(lines: readonly string[]): Record<string, string[]> {
  const rows: Record<string, string[]> = {}
  for (const line of lines) {
    const key = line.split(' ')[2]!.split('|')[0]!
    rows[key] = [...(rows[key] ?? []), line]
  }
  return rows
}

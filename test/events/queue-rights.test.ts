// Roles, and a declaration that changes, in; who may do what with the queue, and what capture makes and takes away, out.
import {describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {uninstall} from '../../src/events/install.ts'
import {connect} from '../../src/postgres/native.ts'
import {codeOf, openPlaces, plain} from './place.ts'

const {open, reader, told} = openPlaces()

describe('rights', () => {
  test('who may only INSERT is captured, and can neither read nor forge an event', async () => {
    const place = await open(`create table t (id int primary key); create table mine (id int);
      drop role if exists events_writer; create role events_writer; grant insert on t to events_writer; grant usage, create on schema public to events_writer;
      create publication pg_events for table t with (publish = '')`)
    expect(await told(place, 'set role events_writer; insert into t values (1); reset role')).toEqual(['INSERT t 1'])
    const [{oid}] = (await place.ask(`select 't'::regclass::oid::int8 as oid`)) as [{oid: number}]
    const denied = [
      'select * from pgext.event',
      'select * from pgext.event_0',
      'table pgext.events',
      `insert into pgext.event_1 (relid, op) values (1, 'I')`,
      `select pgext.emit('c', '{}')`,
      `select nextval('pgext.event_id')`,
      'select pgext.sync_events()',
      'select pgext.empty_events()',
      `create table own (id int); create trigger forge after insert on own referencing new table as new_rows for each statement execute function pgext.capture_${oid}_insert()`,
    ]
    for (const sql of denied) {
      const db = await plain(place.url)
      await db.script('set role events_writer')
      expect(
        await db.script(sql).then(
          () => undefined,
          (error: PgextError) => error.sqlstate,
        ),
        sql,
      ).toBe('42501')
      await db.close()
    }
    await place.ask('grant usage on schema pgext to events_writer; grant execute on function pgext.emit to events_writer')
    expect(await told(place, `set role events_writer; select pgext.emit('c', '{"a":1}'); reset role`)).toEqual(['c: {"a": 1}'])
  })
})

describe('following the declaration', () => {
  test('statements once, then none; tables leave and come; it goes without a trace but the journal', async () => {
    const place =
      await open(`create schema pgext; create table pgext.migration (version text); create table "a b"(id int primary key); create table t (id int primary key);
      create publication pg_events for all tables with (publish = '')`)
    expect(await place.ask('select * from pgext.sync_events()')).toEqual([])
    expect(
      await place.ask(`select distinct tgrelid::regclass::text as it from pg_trigger where tgname like 'pgext%' order by 1`),
    ).toEqual([{it: '"a b"'}, {it: 't'}])
    await place.ask(`drop publication pg_events; create publication pg_events for table "a b" with (publish = '')`)
    expect(await place.ask(`select it from pgext.sync_events(false) it where it like 'DROP TRIGGER%'`)).toHaveLength(4)
    await place.ask('select pgext.sync_events()')
    expect(await place.ask(`select distinct tgrelid::regclass::text as it from pg_trigger where tgname like 'pgext%'`)).toEqual([
      {it: '"a b"'},
    ])
    await place.ask('drop table "a b"; select pgext.sync_events()')
    expect(await place.ask(`select proname from pg_proc where proname like 'capture\\_%\\_%'`)).toEqual([])
    const own = await connect(place.url)
    await uninstall(own)
    await own.close()
    expect(
      await place.ask(
        `select relname from pg_class where relnamespace = 'pgext'::regnamespace union all select proname from pg_proc where pronamespace = 'pgext'::regnamespace`,
      ),
    ).toEqual([{relname: 'migration'}])
    expect(await codeOf(reader(place))).toBe('events-missing')
  })
})

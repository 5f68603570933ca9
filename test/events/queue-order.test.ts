// Writers that run together, readers that come late, in; each event once and each row’s in order, or that they are gone, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {codeOf, collect, END, linesOf, openPlaces, plain} from './place.ts'

const {open, reader} = openPlaces()
const TASKS = `create table task (id int primary key, title text, at numeric(6,2));
  create publication pg_events for table task with (publish = '');`

describe('order and loss', () => {
  test('within a row, by when it was written: a lower transaction that waited for it comes later', async () => {
    const place = await open(`create table t (id int primary key, v text); insert into t values (1, ''), (2, '');
      create publication pg_events for table t with (publish = '')`)
    const source = await reader(place, {busy: 400, idle: 400})
    const [low, high] = [await plain(place.url), await plain(place.url)]
    await low.script(`begin; update t set v = 'low' where id = 2`)
    await high.script(`begin; update t set v = 'high' where id = 1`)
    const waits = low.script(`update t set v = v || ' low' where id = 1; commit`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await high.script('commit')
    await waits
    await place.ask(END)
    const batches = await collect(source)
    expect(batches.map(({entries}) => linesOf([{entries}] as never))).toEqual([
      ['UPDATE t 1| → 1|high'],
      ['UPDATE t 2| → 2|low', 'UPDATE t 1|high → 1|high low'],
    ])
    expect(BigInt(batches[0]!.xid)).toBeGreaterThan(BigInt(batches[1]!.xid))
    await Promise.all([low.close(), high.close()])
  })

  test('writers with savepoints, rollbacks and long transactions: each event once, and each row in order', async () => {
    const place =
      await open(`create table n (id int, step int, primary key (id)); insert into n select i, 0 from generate_series(1, 20) i;
      create table log (id bigint generated always as identity primary key, writer int);
      create publication pg_events for table n, log with (publish = '')`)
    const source = await reader(place, {busy: 1, idle: 5})
    const long = await plain(place.url)
    await long.script('begin; insert into log (writer) values (-1)')
    const writers = Array.from({length: 8}, async (_, writer) => {
      const db = await plain(place.url)
      for (let turn = 0; turn < 60; turn++) {
        const id = 1 + ((writer * 7 + turn * 3) % 20)
        await db.script(`begin; insert into log (writer) values (${writer}); savepoint a; insert into log (writer) values (99);
          ${turn % 3 === 0 ? 'rollback to a' : 'release a'}; update n set step = step + 1 where id = ${id}; ${turn % 5 === 4 ? 'rollback' : 'commit'}`)
      }
      await db.close()
    })
    const ended = Promise.all(writers).then(async () => {
      await long.script('commit')
      await long.close()
      await place.ask(END)
    })
    const lines = linesOf(await collect(source))
    await ended
    const logged = lines.filter((line) => line.startsWith('INSERT log')).map((line) => line.slice(11))
    expect(logged.toSorted()).toEqual((await place.ask(`select id || '|' || writer as it from log`)).map(({it}) => it).toSorted())
    for (const {id, step} of await place.ask('select id, step from n')) {
      const steps = lines.filter((line) => line.startsWith(`UPDATE n ${id}|`))
      expect(steps).toEqual(Array.from({length: step}, (_, at) => `UPDATE n ${id}|${at} → ${id}|${at + 1}`))
    }
  })

  test('read once from a token inside of a look: all that has come since, and not only that look', async () => {
    const place = await open(`create table t (id int primary key); create publication pg_events for table t with (publish = '')`)
    const source = await reader(place, {busy: 400, idle: 400})
    for (let id = 1; id <= 5; id++) await place.ask(`insert into t values (${id})`)
    const {value} = await source.read()[Symbol.asyncIterator]().next()
    expect(linesOf([value])).toEqual(['INSERT t 1'])
    for (let id = 6; id <= 8; id++) await place.ask(`insert into t values (${id})`)
    const missed = await reader(place, {since: value.token, once: true})
    const lines: string[] = []
    for await (const batch of missed.read()) lines.push(...linesOf([batch]))
    expect(lines).toEqual([2, 3, 4, 5, 6, 7, 8].map((id) => `INSERT t ${id}`))
  })

  test('a token inside of a large transaction goes on there; others began meanwhile', async () => {
    const place = await open(`create table t (id int primary key); create publication pg_events for table t with (publish = '')`)
    const source = await reader(place)
    await place.ask(`insert into t select i from generate_series(1, 3500) i`)
    let token = ''
    const first: string[] = []
    for await (const batch of source.read()) {
      first.push(...linesOf([batch]))
      token = batch.token
      if (first.length >= 2000) break
    }
    await source.close()
    await place.ask(`insert into t values (-1); ${END}`)
    const second = linesOf(await collect(await reader(place, {since: token})))
    const ids = [...first, ...second].map((line) => Number(line.split(' ')[2]))
    expect(ids).toEqual([...Array.from({length: 3500}, (_, at) => at + 1), -1])
  })

  test('after a long time away: very many transactions, and rows that are large', async () => {
    const place = await open(
      `create table t (id int primary key, v text); create publication pg_events for table t with (publish = '')`,
    )
    const from = await reader(place, {name: 'away'})
    await from.close()
    await place.ask(`do $$ begin for i in 1..20100 loop insert into t values (i); commit; end loop; end $$`)
    await place.ask(`insert into t select i, repeat('x', 3000000) from generate_series(30001, 30007) i`)
    for (let id = 40_001; id <= 40_004; id++) await place.ask(`insert into t values (${id}, repeat('y', 5000000))`)
    await place.ask(END)
    const ids: number[] = []
    let source = await reader(place, {name: 'away'})
    const take = async (enough: number) => {
      for await (const batch of source.read()) {
        for (const entry of batch.entries) if (entry.kind === 'change') ids.push(Number(entry.row![0]))
        if (ids.length < enough) continue
        await source.acknowledge(batch.token)
        break
      }
      await source.close()
      source = await reader(place, {name: 'away'})
    }
    for (const enough of [10, 20_050, 20_103, 20_108]) await take(enough)
    await collect(source, (batch) =>
      ids.push(...batch.entries.flatMap((entry) => (entry.kind === 'change' ? [Number(entry.row![0])] : []))),
    )
    const expected = (from: number, count: number) => Array.from({length: count}, (_, at) => from + at)
    expect(ids).toEqual([...expected(1, 20_100), ...expected(30_001, 7), ...expected(40_001, 4)])
  })

  test('a named reader begins where it acknowledged; two of one name take turns; one that was dropped is told', async () => {
    const place = await open(TASKS)
    const first = await reader(place, {name: 'ws'})
    for (const id of [1, 2, 3]) await place.ask(`insert into task values (${id})`)
    const seen: string[] = []
    for await (const batch of first.read()) {
      seen.push(...linesOf([batch]))
      if (seen.length === 2) await first.acknowledge(batch.token)
      if (seen.length === 3) break
    }
    const waiting = reader(place, {name: 'ws'})
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve('waits'), 600))])).toBe('waits')
    await first.close()
    const second = await waiting
    await place.ask(END)
    const rest = await collect(second)
    expect(linesOf(rest)).toEqual(['INSERT task 3|ø|ø'])
    await place.ask(`delete from pgext.consumer where name = 'ws'`)
    expect(await codeOf(second.acknowledge(rest[0]!.token))).toBe('events-gone')
  })

  // these two wait for a clock most of their time
  test.concurrent('what was thrown away is gone, and nothing else is', async () => {
    const place = await open(TASKS)
    const tail = await reader(place)
    await place.ask(`update pgext.events set period = 1; select pgext.sync_events(); insert into task values (1)`)
    let token = ''
    for await (const batch of tail.read()) {
      token = batch.token
      break
    }
    await tail.close()
    await place.ask('insert into task values (2)')
    const emptied = async () => {
      for (let tries = 0; tries < 60; tries++) {
        if ((await place.ask('select pgext.empty_events() as it'))[0]!.it) return true
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      return false
    }
    // an open transaction that wrote to it keeps it
    const writer = await plain(place.url)
    await writer.script('begin; insert into task values (3)')
    const before = Date.now()
    while (Date.now() - before < 3500) {
      const [{it}] = (await place.ask('select pgext.empty_events() as it')) as [{it: boolean}]
      if (it) expect((await place.ask('select count(*)::int as n from pgext.event'))[0]!.n).toBeLessThanOrEqual(1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const now = await reader(place)
    await writer.script('commit')
    await writer.close()
    await place.ask(END)
    expect(linesOf(await collect(now))).toEqual(['INSERT task 3|ø|ø'])
    expect(await emptied()).toBe(true)
    expect(await codeOf(reader(place, {since: token}))).toBe('events-gone')
    await place.ask(`update pgext.events set place = 'elsewhere'`)
    const other = (await place.ask('select incarnation from pgext.events'))[0]!.incarnation
    const anew = await reader(place)
    expect((await place.ask('select incarnation from pgext.events'))[0]!.incarnation).not.toBe(other)
    await place.ask(`insert into task values (4); ${END}`)
    expect(linesOf(await collect(anew))).toEqual(['INSERT task 4|ø|ø'])
  })

  test.concurrent('a look that waits for the table to be emptied says so, though its snapshot is older', async () => {
    const place = await open(`create table t (id int primary key); create publication pg_events for table t with (publish = '')`)
    await place.ask('update pgext.events set period = 1; select pgext.sync_events()')
    const source = await reader(place, {busy: 5})
    const batches = source.read()[Symbol.asyncIterator]()
    await place.ask('insert into t values (1)')
    await batches.next()
    await place.ask('insert into t values (2)')
    const other = await plain(place.url)
    const empties = async () => {
      const [, [row]] = (await other.script('begin; select pgext.empty_events() as it')) as [unknown, [{it: boolean}]]
      if (!row.it) await other.script('rollback')
      return row.it
    }
    await expect.poll(empties, {timeout: 20_000}).toBe(true)
    const code = batches.next().then(
      () => 'handed over',
      (error: PgextError) => error.code,
    )
    await sleep(300)
    await other.script('commit')
    await place.ask('insert into t values (3)')
    expect(await code).toBe('events-gone')
    await source.close()
    await other.close()
    await place.db.close()
  })
})

// A server with queries of files in; what its clients are told when files change, parameters are wrong, rows are many and clients slow, out.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {CompactSign} from 'jose'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {SERVE} from '../../src/project/serve.ts'
import {Tokens} from '../../src/realtime/token.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {onReload} from '../../src/terminal/reload.ts'
import {SECRET} from './client.ts'
import {openCluster, openPlace, type Place} from './place.ts'

let cluster: Cluster
let place: Place
const folder = join(mkdtempSync(join(tmpdir(), 'pgext-queries-')), 'queries')
const write = (name: string, text: string) => writeFileSync(join(folder, `${name}.sql`), text)
const QUERIES = {
  task: 'select id, title from public.task order by id',
  room: '-- pgext:params room int\nselect id from public.task where room = $1 order by id',
  wide: `select id, repeat('x', 1000000) as x, title from public.task where id < 4 order by id`,
  gone: 'select count(*)::int as n from public.task',
}
beforeAll(async () => {
  cluster = await openCluster()
  mkdirSync(folder)
  for (const [name, text] of Object.entries(QUERIES)) write(name, text)
  const schema = `create table task (id int primary key, room int, title text); insert into task values (1, 1, 'a'), (2, 2, 'b'), (3, 2, 'c');
    create table secret (id int); grant select on task to web_anon; create publication pg_events for table task`
  const limits = {...SERVE.limits, buffer: 100_000, result: 4_000_000}
  place = await openPlace(cluster, schema, 'queue', {limits}, QUERIES)
})
afterAll(async () => {
  await place?.close()
  await cluster?.close()
  rmSync(folder, {recursive: true, force: true})
})

const reload = () => place.running.server.reload(folder, 'queries')
const said = (errors: readonly any[]) =>
  errors.map(({message, where}) => [message, `${where?.file}:${where?.line}:${where?.column}`])

test('wrong parameters have a code of their own, and end the query; its id is free again', async () => {
  const client = await place.client()
  client.say({type: 'query', id: 'q', name: 'room', params: {room: 'kitchen'}})
  expect(await client.next('error')).toEqual({
    type: 'error',
    id: 'q',
    code: 'bad-params',
    message: 'parameter room is no integer: invalid input syntax for type integer: "kitchen"',
    hint: 'it needs: room integer',
  })
  client.say({type: 'query', id: 'q', name: 'room', params: {}})
  expect(await client.next('error', ({message}) => message.includes('needs'))).toMatchObject({
    code: 'bad-params',
    message: 'the query needs parameter room',
  })
  client.say({type: 'query', id: 'q', name: 'room', params: {room: 2}})
  expect((await client.next('rows')).rows).toEqual([{id: 2}, {id: 3}])
})

test('files that change are served as they are now; what is wrong is said at its place, and the old one stays', async () => {
  const client = await place.client()
  for (const [id, params] of [['task'], ['gone'], ['room', {room: 1}]] as const)
    client.say({type: 'query', id, name: id, ...(params && {params})})
  const rowsOf = (id: string) => client.answers.findLast((answer) => answer.type === 'rows' && answer.id === id) as any
  await client.until(() => ['task', 'gone', 'room'].every(rowsOf))
  write('task', 'select id, title, room from public.task order by id desc')
  write('room', 'select id\nfrom public.task where room = $1')
  write('new', 'select id from public.task')
  rmSync(join(folder, 'gone.sql'))
  const first = await reload()
  expect([first.changed, said(first.errors)]).toEqual([
    ['gone', 'new', 'task'],
    [['queries/room.sql has $1, which it gives no name', 'queries/room.sql:2:31']],
  ])
  await client.until(() => rowsOf('task').rows[0].id === 3)
  expect(rowsOf('task').rows[0]).toEqual({id: 3, title: 'c', room: 2})
  expect(await client.next('error')).toMatchObject({id: 'gone', code: 'not-found', message: 'there is no such query any more'})
  client.say({type: 'query', id: 'gone', name: 'new'})
  await client.until(() => rowsOf('gone')?.rows.length === 3)
  // PostgreSQL refuses them: the ones that were there still follow
  write('task', 'select id,\n  nothing from public.task')
  write('new', 'select id from public.secret')
  const second = await reload()
  expect([second.changed, said(second.errors).sort()]).toEqual([
    [],
    [
      ['column "nothing" does not exist', 'queries/task.sql:2:3'],
      ['nobody is told of changes in public.secret', 'queries/new.sql:1:1'],
      ['queries/room.sql has $1, which it gives no name', 'queries/room.sql:2:31'],
    ],
  ])
  await place.db.script(`update task set title = 'd' where id = 3`)
  await client.until(() => client.answers.some((answer) => answer.type === 'delta' && answer.id === 'task'))
  // parameters of another name
  write('room', '-- pgext:params place int\nselect id from public.task where room = $1')
  expect((await reload()).changed).toEqual(['room'])
  expect(await client.next('error', ({id}) => id === 'room')).toMatchObject({
    code: 'bad-params',
    message: 'the query has no parameter room',
  })
  for (const [name, text] of Object.entries(QUERIES)) write(name, text)
  rmSync(join(folder, 'new.sql'))
  await reload()
})

test('a folder that is away for a moment takes no query along', async () => {
  const {changed, errors} = await place.running.server.reload(`${folder}-away`, 'queries')
  expect([changed, said(errors).map(([message]) => message)]).toEqual([[], ['there is no folder queries any more']])
  expect(place.running.server.knows('task')).toBe(true)
})

test('what PostgreSQL says of a query is for the log, not for who asks for it', async () => {
  write('broken', 'select id / 0 as x from public.task')
  await reload()
  const client = await place.client()
  client.say({type: 'query', id: 'q', name: 'broken'})
  expect(await client.next('error')).toEqual({type: 'error', id: 'q', code: 'failed', message: 'the query failed'})
  expect(place.logged).toContain('query broken: division by zero')
  rmSync(join(folder, 'broken.sql'))
  await reload()
})

test('rows of more bytes than wait for a slow client are sent, and changes of them later; more than the limit are an error', async () => {
  const client = await place.client()
  client.say({type: 'query', id: 'wide', name: 'wide'})
  expect((await client.next('rows')).rows.map(({x}: any) => x.length)).toEqual([1e6, 1e6, 1e6])
  ;(client.ws as any)._socket.pause()
  for (let n = 0; n < 4; n++) {
    await place.db.script(`update task set title = 'n${n}' where id < 4`)
    await new Promise((resolve) => setTimeout(resolve, 520))
  }
  ;(client.ws as any)._socket.resume()
  const last = () => client.answers.filter((answer) => answer.type === 'rows' || answer.type === 'delta').at(-1) as any
  await client.until(() => JSON.stringify(last().rows ?? last().upserted).includes('"n3"'))
  expect(client.answers.filter(({type}) => type === 'lagging')).toEqual([])
  await place.db.script(`insert into task values (0, 1, 'more')`)
  expect(await client.next('error')).toMatchObject({id: 'wide', code: 'failed', message: 'the rows have more than 4000000 bytes'})
  await place.db.script(`delete from task where id = 0`)
})

test('what is saved, and SIGHUP, are worked through one after the other', async () => {
  const place = mkdtempSync(join(tmpdir(), 'pgext-watch-'))
  const later = join(place, 'queries')
  let [count, running] = [0, 0]
  const work = async () => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    running--
    count++
  }
  const errors: unknown[] = []
  const end = await onReload({folder: later, watch: true, work, failed: (error) => errors.push(error)})
  process.emit('SIGHUP')
  await expect.poll(() => count).toBe(1)
  mkdirSync(later)
  writeFileSync(join(later, 'a.sql'), 'select 1')
  await expect.poll(() => count).toBeGreaterThan(1)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const before = count
  writeFileSync(join(place, 'other.txt'), '')
  writeFileSync(join(later, 'notes.txt'), '')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(count).toBe(before)
  writeFileSync(join(later, 'a.sql'), 'select 2')
  await expect.poll(() => count).toBe(before + 1)
  await end()
  process.emit('SIGHUP')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect([count, errors]).toEqual([before + 1, []])
  rmSync(place, {recursive: true})
})

test('a number that JavaScript would round to another is nobody', async () => {
  const tokens = await Tokens.open({secret: SECRET, roleClaim: 'role', maxTokenAge: 60})
  const read = async (text: string) => {
    const token = await new CompactSign(Buffer.from(text)).setProtectedHeader({alg: 'HS256'}).sign(Buffer.from(SECRET))
    return tokens.read(token).then(
      ({claims}) => claims.user,
      ({message}) => message,
    )
  }
  const exp = Math.floor(Date.now() / 1000) + 60
  const refused = 'the token has a number that would be rounded: say it as a string'
  expect(await read(`{"user": 9007199254740993, "exp": ${exp}}`)).toBe(refused)
  expect(await read(`{"user": {"id": [1, 1e999]}, "exp": ${exp}}`)).toBe(refused)
  expect(await read(`{"user": "9007199254740993 \\" 1e999", "exp": ${exp}}`)).toBe('9007199254740993 " 1e999')
  expect(await read(`{"user": 1.50, "exp": ${exp}}`)).toBe(1.5)
})

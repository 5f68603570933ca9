// A project with realtime tables in; what events:* say and do, from a database without pg_events to one without it again.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('events', {'pgext.json': '{"realtime": {"capture": "queue", "history": "2m"}}'})
  await project.ask(`create table task (id bigint primary key, title text); create schema sales; create table sales.line (id int primary key);
    create table silent (id int); create publication pg_events for table task, sales.line with (publish = '')`)
})
afterAll(async () => {
  await site?.close()
})

test('installed, looked at, tailed, uninstalled', async () => {
  expect(await project.fails('events:status')).toContain('pg_events is not installed')
  expect(await project.fails('events:tail', '--count', '1')).toContain('pg_events is not installed')
  const {out} = await project.ends(0, 'events:install')
  expect(out).toContain('engine queue')
  expect((await project.ends(0, 'events:install')).out.split('\n').filter(Boolean)).toHaveLength(1)
  const status = await project.ends(0, 'events:status')
  expect(status.out).toContain('captured by the queue')
  expect(status.out).toContain('public.task')
  expect(status.out).toContain('sales.line')
  expect(status.out).not.toContain('silent')
  expect(status.out).toContain('kept for 120 s')

  const seen = project.ends(0, 'events:tail', 'task', '--count', '2')
  const json = project.ends(0, 'events:tail', '--json', '--count', '3')
  for (let id = 1; ; id++) {
    await project.ask(`insert into task values (${id}, 'first'); update task set title = 'ab' || chr(27) || '[31m' where id = ${id};
      insert into sales.line values (${id}); insert into silent values (1)`)
    const done = await Promise.race([Promise.all([seen, json]), new Promise((resolve) => setTimeout(resolve, 500))])
    if (done) break
    expect(id).toBeLessThan(100)
  }
  const lines = (await seen).out.trim().split('\n')
  expect(lines[0]).toMatch(/^[\d:.]{12} {2}INSERT {4}task {2}id="\d+" {2}title="first"$/)
  expect(lines[1]).toMatch(/^[\d:.]{12} {2}UPDATE {4}task {2}id="\d+" {2}title: "first" → "ab\\u001b\[31m"$/)
  const events = (await json).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map(({op, table}) => `${op} ${table}`)).toEqual(['INSERT task', 'UPDATE task', 'INSERT line'])
  const after = await project.ends(0, 'events:tail', '--json', '--count', '2', '--since', events[0].token)
  expect(
    after.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).token),
  ).toEqual([events[1].token, events[2].token])
  expect(await project.fails('events:tail', '--since', 'q1')).toContain('token')
  const later = ['events:tail', '--json', '--count', '1', '--since', events[0].token]
  const met = await project.ends(0, ...later, 'sales.line', '--filter', `id > 0 and id::text <> ''`)
  expect(JSON.parse(met.out).token).toBe(events[2].token)
  expect(await project.fails('events:tail', '--filter', 'id = ')).toContain('not a condition')
  expect(await project.fails('events:tail', '--since', events[0].token, 'task', '--filter', 'nothing = 1')).toMatch(
    /can't be asked of table task/,
  )

  await project.ask(
    `drop trigger pgext_insert on task; insert into pgext.consumer (name, engine, token, seen) values ('ws', 'queue', 'q', pg_current_snapshot())`,
  )
  const behind = await project.ends(2, 'events:status')
  expect(behind.out).toContain('CREATE TRIGGER pgext_insert')
  expect(behind.out).toMatch(/ws {2}nobody reads, 0 events behind/)
  await project.ends(0, 'events:drop-consumer', 'ws')
  expect(await project.fails('events:drop-consumer', 'ws')).toContain('no consumer ws')
  await project.ends(0, 'events:install')
  await project.ends(0, 'events:status')

  expect(await project.fails('events:uninstall')).toContain('nothing was taken away')
  await project.ends(0, 'events:uninstall', '--yes')
  expect(await project.ask(`select tgname from pg_trigger where tgname like 'pgext%'`)).toEqual([])
  expect((await project.ends(0, 'events:uninstall', '--yes')).out).toContain('is not installed')
})

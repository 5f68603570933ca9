// The engine itself, in this thread, that ends without a word in; a desk that says so instead of handing on its silence, out.
import {MessageChannel, receiveMessageOnPort} from 'node:worker_threads'
import {expect, test} from 'vitest'
import {emptyDump} from '../../src/shadow/empty.ts'
import {Desk} from '../../src/wire/backend/desk.ts'
import type {Module} from '../../src/wire/backend/memory.ts'
import {type Engine, startEngine} from '../../src/wire/backend/start.ts'
import {query} from '../../src/wire/message.ts'
import type {Answer, Call, Setup} from '../../src/wire/model.ts'

/** PostgreSQL's corrupted data: an error that nobody foresaw. */
const BROKEN = "do $$begin raise exception 'invalid page' using errcode = 'XX001'; end$$"

const guest = {oid: 10, login: true, superuser: true, password: null, expired: false, settings: []}

/** What the desk says to these, one after the other. */
async function answers(units: readonly string[], change: (engine: Engine) => Engine): Promise<{said: Answer[]; failure?: Error}> {
  const {port1, port2} = new MessageChannel()
  const control = new SharedArrayBuffer(64)
  const setup: Setup = {
    dump: new Uint8Array(await (await emptyDump()).arrayBuffer()),
    extensions: [],
    debug: 0,
    most: 4,
    port: port2,
    control,
  }
  const engine = await startEngine(setup, () => {})
  const calls: Call[] = [
    {kind: 'open', id: 1, user: 'postgres', guest, settings: []},
    ...units.map((sql): Call => ({kind: 'run', id: 1, bytes: query(sql)})),
    {kind: 'end'},
  ]
  for (const call of calls) port1.postMessage(call)
  let failure: Error | undefined
  try {
    new Desk(setup, change(engine), []).serve()
  } catch (error) {
    failure = error as Error
  }
  const said: Answer[] = []
  for (let next = receiveMessageOnPort(port1); next; next = receiveMessageOnPort(port1)) said.push(next.message)
  port1.close()
  return {said: said.filter(({kind}) => kind === 'done'), ...(failure && {failure})}
}

const textOf = (answer: Answer | undefined): string => Buffer.from((answer as {bytes: Uint8Array}).bytes).toString('latin1')

/** From the first such error on it takes what it is sent, and is ready for more: nothing else. */
function silenced(engine: Engine): Engine {
  const {module} = engine
  let take: ((to: number, most: number) => number) | undefined
  let give: ((from: number, length: number) => number) | undefined
  let isSilent = false
  const room = module._malloc(1 << 16) as number
  const changed: Record<string, unknown> = {
    addFunction(called: (a: number, b: number) => number, kind: string) {
      const heard = (from: number, length: number) => {
        isSilent ||= Buffer.from(module.HEAPU8.slice(from, from + length)).includes('CXX001')
        return called(from, length)
      }
      // the loop's come first: that by which it is told, and that by which it tells
      if (take && !give) {
        give = called
        return module.addFunction(heard, kind)
      }
      take ??= called
      return module.addFunction(called, kind)
    },
    _PostgresMainLoopOnce() {
      if (!isSilent) return module._PostgresMainLoopOnce()
      take!(room, 1 << 16)
    },
    _PostgresSendReadyForQueryIfNecessary() {
      if (!isSilent) return module._PostgresSendReadyForQueryIfNecessary()
      module.HEAPU8.set([90, 0, 0, 0, 5, 73], room)
      give!(room, 6)
    },
  }
  const get = (whole: Module, name: string) => changed[name] ?? whole[name]
  return {...engine, module: new Proxy(module, {get} as ProxyHandler<Module>)}
}

test('after an error that nobody foresaw a living engine goes on', async () => {
  const {said, failure} = await answers(['select 1', BROKEN, "select 'alive'"], (engine) => engine)
  expect(failure).toBeUndefined()
  expect(said.map(textOf)).toEqual([
    expect.stringContaining('SELECT 1'),
    expect.stringContaining('CXX001'),
    expect.stringContaining('alive'),
  ])
})

test('one that answers nothing any more is not asked again: it has ended, and that is said', async () => {
  const {said, failure} = await answers(['select 1', BROKEN, "select 'alive'"], silenced)
  expect(failure?.message).toContain('does not answer any more')
  // no third answer: an empty one would have been taken for a result
  expect(said.map(textOf)).toEqual([expect.stringContaining('SELECT 1'), expect.stringContaining('CXX001')])
})

// Calls of the other thread in, answers out: the engine in a thread of its own, where it may sleep, while sockets go on.
import {workerData} from 'node:worker_threads'
import type {Setup} from '../model.ts'
import {Desk} from './desk.ts'
import {startEngine} from './start.ts'

const setup = workerData as Setup
try {
  const lines: string[] = []
  const engine = await startEngine(setup, (line) => lines.push(line))
  const desk = new Desk(setup, engine, lines)
  desk.serve()
  await engine.pglite.close().catch(() => {})
  setup.port.postMessage({kind: 'ended'})
} catch (error) {
  setup.port.postMessage({kind: 'died', message: error instanceof Error ? error.message : String(error)})
} finally {
  setup.port.close()
}

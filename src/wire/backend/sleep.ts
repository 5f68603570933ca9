// pg_sleep in, one that really sleeps, and that is woken when its statement is cancelled, out.
import {argument, replace} from './builtin.ts'
import type {Memory} from './memory.ts'
import type {Functions} from './wasm.ts'

export function replaceSleep(memory: Memory, functions: Functions): void {
  const cancelled = memory.variable('QueryCancelPending')
  replace(memory, functions, 'pg_sleep', () => (call) => {
    const heap = memory.module.HEAPU8
    const seconds = new DataView(heap.buffer).getFloat64(argument(memory, call, 0), true)
    const until = performance.now() + seconds * 1000
    for (let left = seconds * 1000; left > 0; left = until - performance.now()) {
      Atomics.wait(
        new Int32Array(memory.module.HEAPU8.buffer as unknown as SharedArrayBuffer),
        cancelled >>> 2,
        0,
        Math.min(left, 1e9),
      )
      if (memory.get(cancelled) !== 0) memory.module._ProcessInterrupts()
    }
    return 0
  })
}

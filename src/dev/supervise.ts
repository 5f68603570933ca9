// How a program is started in, it running out: started again when it dies, later each time, and those who look on are told.
import {setTimeout as sleep} from 'node:timers/promises'
import type {Child} from './child.ts'
import type {Onlooker, Service, ServiceName} from './model.ts'

export interface Supervision {
  readonly name: ServiceName
  readonly onlooker: Onlooker
  /** resolves when it is ready to be used; `spawned` as soon as there is a process */
  readonly start: (spawned: (child: Child) => void) => Promise<Child>
  /** what is said of it then */
  readonly ready: () => Pick<Service, 'url' | 'note'>
  /** nothing works without it: that its first start fails is an error, and else told like any later one */
  readonly isVital?: boolean
  /** all is over: what is only starting ends at once */
  readonly signal?: AbortSignal
}

export interface Supervised {
  /** ends it and starts it anew, as after a change of what it is told at the start; `between` is done while it does not run */
  restart(between?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

/** milliseconds until it is started again, and after which it is taken to be well */
const [FIRST, LONGEST, WELL] = [250, 10_000, 10_000]

export async function supervise({name, onlooker, start, ready, isVital = false, signal}: Supervision): Promise<Supervised> {
  let isStopping = false
  let hasEnded = false
  let child: Child | undefined
  /** one that is not ready yet */
  let starting: Child | undefined
  let pause = FIRST
  let waiting = new AbortController()
  /** counts restarts: who was starting it before gives way */
  let turn = 0
  const show = (state: Service['state'], note?: string) => onlooker.service({name, ...ready(), state, ...(note && {note})})

  const begin = async () => {
    const [began, mine] = [performance.now(), turn]
    const spawned = (one: Child) => {
      starting = one
      if (isStopping || turn !== mine) void one.stop()
    }
    const one = await start(spawned).finally(() => {
      if (turn === mine) starting = undefined
    })
    if (isStopping || turn !== mine) return one.stop()
    child = one
    show('ready')
    void one.ended.then((why) => {
      if (isStopping || child !== one) return
      if (performance.now() - began > WELL) pause = FIRST
      void again(why)
    })
  }
  const again = async (why: string): Promise<void> => {
    const mine = turn
    const isOver = () => isStopping || turn !== mine
    for (let reason = why; !isOver(); ) {
      show('back', reason)
      await sleep(pause, undefined, {signal: waiting.signal}).catch(() => {})
      pause = Math.min(2 * pause, LONGEST)
      if (isOver()) return
      try {
        return await begin()
      } catch (error) {
        reason = (error as Error).message
      }
    }
  }

  const stop = async () => {
    isStopping = true
    waiting.abort()
    await Promise.all([child?.stop(), starting?.stop()])
  }
  const over = () => {
    isStopping = true
    waiting.abort()
    void starting?.stop()
  }
  signal?.addEventListener('abort', over)
  if (signal?.aborted) over()
  show('starting')
  await begin().catch((error: Error) => {
    if (isVital) throw error
    if (isStopping) return
    onlooker.failed(name, error)
    void again(error.message)
  })
  return {
    async restart(between) {
      turn++
      waiting.abort()
      waiting = new AbortController()
      const [was, early] = [child, starting]
      child = undefined
      starting = undefined
      await Promise.all([was?.stop(), early?.stop()])
      await between?.()
      pause = FIRST
      await begin().catch((error: Error) => void again(error.message))
    },
    async stop() {
      signal?.removeEventListener('abort', over)
      await stop()
      if (!hasEnded) show('ended')
      hasEnded = true
    },
  }
}

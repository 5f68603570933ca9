// How a program is started in, it running out: started again when it dies, later each time, and those who look on are told.
import {setTimeout as sleep} from 'node:timers/promises'
import type {Child} from './child.ts'
import type {Onlooker, Service, ServiceName} from './model.ts'

export interface Supervision {
  readonly name: ServiceName
  readonly onlooker: Onlooker
  /** resolves when it is ready to be used */
  readonly start: () => Promise<Child>
  /** what is said of it then */
  readonly ready: () => Pick<Service, 'url' | 'note'>
  /** nothing works without it: that its first start fails is an error, and else told like any later one */
  readonly isVital?: boolean
}

export interface Supervised {
  /** ends it and starts it anew, as after a change of what it is told at the start; `between` is done while it does not run */
  restart(between?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

/** milliseconds until it is started again, and after which it is taken to be well */
const [FIRST, LONGEST, WELL] = [250, 10_000, 10_000]

export async function supervise({name, onlooker, start, ready, isVital = false}: Supervision): Promise<Supervised> {
  let isStopping = false
  let child: Child | undefined
  let pause = FIRST
  let waiting = new AbortController()
  /** counts restarts: who was starting it before gives way */
  let turn = 0
  const show = (state: Service['state'], note?: string) => onlooker.service({name, ...ready(), state, ...(note && {note})})

  const begin = async () => {
    const [began, mine] = [performance.now(), turn]
    const one = await start()
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

  show('starting')
  await begin().catch((error: Error) => {
    if (isVital) throw error
    onlooker.failed(name, error)
    void again(error.message)
  })
  return {
    async restart(between) {
      turn++
      waiting.abort()
      waiting = new AbortController()
      const was = child
      child = undefined
      await was?.stop()
      await between?.()
      pause = FIRST
      await begin().catch((error: Error) => void again(error.message))
    },
    async stop() {
      isStopping = true
      waiting.abort()
      await child?.stop()
      show('ended')
    },
  }
}

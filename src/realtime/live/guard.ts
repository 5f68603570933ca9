// A subscriber's own code in; the same, which keeps what it throws from everybody else, out.
import {PgextError} from '../../errors.ts'
import type {Subscriber} from './model.ts'

export function guarded({send, onError}: Subscriber): Pick<Subscriber, 'send' | 'onError'> {
  const tell = (error: PgextError) => {
    try {
      onError(error)
    } catch (thrown) {
      // nobody is left to hear of it but the process
      queueMicrotask(() => {
        throw thrown
      })
    }
  }
  return {
    onError: tell,
    send: (message) => {
      try {
        send(message)
      } catch (thrown) {
        tell(new PgextError('usage', `what was told could not be taken: ${(thrown as Error).message}`, {cause: thrown}))
      }
    },
  }
}

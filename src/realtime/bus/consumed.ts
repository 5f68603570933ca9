// A consumer's messages in; the same out, ended where no more are to be had by it.
import type {ConsumerMessages} from '@nats-io/jetstream'

/** What a consumer says that is not to be had any more, since the server that held it was lost. */
const LOST: ReadonlySet<string> = new Set(['heartbeats_missed', 'no_responders', 'consumer_not_found', 'consumer_deleted'])

/** The client waits for such a consumer to come back, for as long as that server is away. */
export async function stopLost(messages: ConsumerMessages): Promise<void> {
  for await (const {type} of messages.status()) {
    if (LOST.has(type)) messages.stop()
  }
}

/** A reader that breaks is opened again, like one that was stopped. */
export async function* taken<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  const from = messages[Symbol.asyncIterator]()
  for (;;) {
    const taken = await from.next().catch(() => undefined)
    if (!taken || taken.done) return
    yield taken.value
  }
}

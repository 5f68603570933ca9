// What must be tidied when a signal ends the process; the signal then does what it would have done.

type Tidy = () => Promise<unknown>

const tidying = new Set<Tidy>()
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** a server that does not answer must not keep ctrl-C from working */
const PATIENCE = 3000

/** Says how to forget it again. */
export function onSignal(tidy: Tidy): () => void {
  if (tidying.size === 0) for (const signal of SIGNALS) process.on(signal, tidyUp)
  tidying.add(tidy)
  return () => {
    if (!tidying.delete(tidy) || tidying.size > 0) return
    for (const signal of SIGNALS) process.off(signal, tidyUp)
  }
}

async function tidyUp(signal: NodeJS.Signals): Promise<void> {
  // a second ctrl-C ends the process at once
  for (const name of SIGNALS) process.off(name, tidyUp)
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())
  await Promise.race([Promise.allSettled([...tidying].map((tidy) => tidy())), patience])
  tidying.clear()
  // somebody else who listens will have heard it already
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

// A command that runs until it is told to end in; that it was told so, or that nobody reads on, out.

const CODES = {SIGINT: 130, SIGTERM: 0} as const

/** A second signal does what it always does. SIGTERM is how a server is meant to be ended. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const [signal, code] of Object.entries(CODES)) {
      process.once(signal, () => {
        process.exitCode = code
        resolve()
      })
    }
  })
}

/** Aborted by ctrl-C, or because nobody reads on (`| head`). */
export function whileRead(): AbortController {
  const stop = new AbortController()
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      process.exitCode = code
      stop.abort()
    })
  process.stdout.on('error', () => stop.abort())
  return stop
}

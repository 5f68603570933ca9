// A command that runs until it is told to end in; that it was told so out.

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

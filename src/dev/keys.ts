// A terminal in, the keys that a person presses out; while something is asked they are the question's. A pipe in, its lines as objects out.
import {createInterface, emitKeypressEvents} from 'node:readline'

export interface Keys {
  whileAsking<T>(ask: () => Promise<T>): Promise<T>
  close(): void
}

/** Nothing where there is no terminal. Ctrl-C comes as a signal, as it does elsewhere. */
export function listenToKeys(pressed: (key: string) => void): Keys {
  const {stdin} = process
  if (!stdin.isTTY) return {whileAsking: (ask) => ask(), close: () => {}}
  const heard = (_: string, key: {name?: string; ctrl?: boolean}) => {
    if (key.ctrl && key.name === 'c') process.kill(process.pid, 'SIGINT')
    else if (key.name && !key.ctrl) pressed(key.name)
  }
  const open = () => {
    stdin.setRawMode(true)
    stdin.on('keypress', heard)
    stdin.resume()
  }
  const shut = () => {
    stdin.off('keypress', heard)
    stdin.setRawMode(false)
    stdin.pause()
  }
  emitKeypressEvents(stdin)
  open()
  // two questions at once would both hear the one answer
  let last: Promise<unknown> = Promise.resolve()
  const alone = async <T>(ask: () => Promise<T>): Promise<T> => {
    shut()
    try {
      return await ask()
    } catch (error) {
      // the question took it for its own
      if ((error as Error).name === 'ExitPromptError') process.kill(process.pid, 'SIGINT')
      throw error
    } finally {
      open()
    }
  }
  return {
    whileAsking(ask) {
      const asked = last.then(() => alone(ask))
      last = asked.catch(() => {})
      return asked
    },
    close: shut,
  }
}

/** Of a program on the other side; what is no object is passed over. */
export function listenToLines<T>(told: (line: T) => void): Keys {
  const lines = createInterface({input: process.stdin})
  lines.on('line', (line) => {
    try {
      const value = JSON.parse(line)
      if (typeof value === 'object' && value !== null) told(value)
    } catch {}
  })
  return {
    whileAsking: (ask) => ask(),
    close() {
      lines.close()
      process.stdin.destroy()
    },
  }
}

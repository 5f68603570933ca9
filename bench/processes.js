// A name of a file and arguments in; a process of its own that is spoken to by lines, out: what is measured shares no thread with who measures.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'

export const SECRET = 'a secret of more than thirty-two bytes, for a bench'
const running = new Set()

/** @param flags Node's own, such as --cpu-prof */
export async function start(name, args, flags = []) {
  const file = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [...flags, file, ...args.map(String)], {stdio: ['pipe', 'pipe', 'inherit']})
  running.add(child)
  child.once('exit', () => running.delete(child))
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const next = async () => {
    const {value} = await lines.next()
    if (value === undefined) throw new Error(`${name} ended`)
    return JSON.parse(value)
  }
  return {
    /** what it said first */
    began: await next(),
    ask: (what) => {
      child.stdin.write(`${what}\n`)
      return next()
    },
    close: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

export function endAll() {
  for (const child of running) child.kill()
}

/** pgext serve before a database. */
export async function serve(url, flags) {
  const child = await start('server.js', [url, SECRET], flags)
  /** milliseconds of CPU so far, and bytes of memory */
  return {port: child.began.port, usage: () => child.ask('usage'), close: child.close}
}

/** So many sockets, each of which asks for what its mode says. */
export async function watch(port, count, mode) {
  const child = await start('watchers.js', [port, count, SECRET, mode])
  return {
    start: () => child.ask('start'),
    tell: () => child.ask('tell'),
    /** Tells when so many changes have come, or after half a minute. */
    until: (changes) => child.ask(`until ${changes}`),
    close: child.close,
  }
}

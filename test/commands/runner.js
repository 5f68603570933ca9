// Command lines in, one after the other, what each printed and its exit code out: bin/run.js itself, in a process that has it loaded already.
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

const RUN = new URL('../../bin/run.js', import.meta.url)
/** milliseconds in which a process of its own would have ended */
const PATIENCE = 5000

let times = 0

process.on('message', async ({args, cwd, env}) => {
  const [out, err] = [heard(process.stdout), heard(process.stderr)]
  try {
    process.chdir(cwd)
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
    Object.assign(process.env, env)
    process.argv = [process.execPath, fileURLToPath(RUN), ...args]
    process.exitCode = undefined
    const before = open()
    await import(`${RUN}?${++times}`)
    await ended(before)
    process.send({code: process.exitCode ?? 0, out: out.stop(), err: err.stop()})
  } catch (error) {
    process.send({fault: String(error?.stack ?? error)})
  } finally {
    out.stop()
    err.stop()
    process.exitCode = undefined
    process.chdir('/')
  }
})
process.on('disconnect', () => process.exit())

/** What is written there from now on. */
function heard(stream) {
  const {write} = stream
  const chunks = []
  stream.write = (chunk, encoding, done) => {
    chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'))
    const called = typeof encoding === 'function' ? encoding : done
    if (called) process.nextTick(called)
    return true
  }
  return {
    stop() {
      stream.write = write
      return Buffer.concat(chunks).toString()
    },
  }
}

/** What would keep a process from ending, by number. */
function open() {
  const kinds = new Map()
  for (const kind of process.getActiveResourcesInfo()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  for (const passing of ['Immediate', 'TickObject']) kinds.delete(passing)
  return kinds
}

/** A command that leaves anything open would not have ended. */
async function ended(before) {
  const until = Date.now() + PATIENCE
  for (;;) {
    const left = [...open()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
    if (left.length === 0) return
    if (Date.now() > until) throw new Error(`pgext ${process.argv.slice(2).join(' ')} does not end: ${left.join(', ')}`)
    await sleep(2, undefined, {ref: false})
  }
}

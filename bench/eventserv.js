// A database in; how long what NOTIFY sends takes to a thousand listeners, by pgext's own --eventserv and by pg_eventserv where it is there, out.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {accessSync, constants, readFileSync, realpathSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {connect} from '../dist/postgres/native.js'
import {RUN} from './place.js'
import {watch} from './processes.js'
import {median} from './timing.js'

const NOTIFICATIONS = 100

export async function listening(url, {sockets, runs}) {
  await listenTo('pgext serve --eventserv', [process.execPath, RUN, 'serve', '--eventserv'], 7300, url, {sockets, runs})
  const theirs = find('pg_eventserv')
  if (theirs) await listenTo('pg_eventserv', [theirs], 7301, url, {sockets, runs})
  else console.log('pg_eventserv: not on PATH')
}

/** By the protocol of both: ws://…/listen/CHANNEL, and payloads as they are. */
async function listenTo(name, [command, ...args], port, url, {sockets, runs}) {
  const env = {...process.env, DATABASE_URL: url, ES_HTTPHOST: '127.0.0.1', ES_HTTPPORT: String(port)}
  const server = spawn(command, args, {env, stdio: 'ignore'})
  const failed = once(server, 'error').then(([error]) => {
    throw error
  })
  const db = await connect(url)
  try {
    await Promise.race([reachable(port), failed])
    const listeners = await watch(port, sockets, 'listen')
    const found = []
    for (let run = 0; run <= runs; run++) {
      await listeners.start()
      const before = cpuOf(server.pid)
      for (let n = 0; n < NOTIFICATIONS; n++) {
        await db.query(`select pg_notify('bench', json_build_object('sent', $1::float8, 'n', $2::int)::text)`, [
          performance.timeOrigin + performance.now(),
          n,
        ])
        await sleep(20)
      }
      const told = await listeners.until(NOTIFICATIONS * sockets)
      if (run > 0) found.push({...told, rate: (told.frames / (cpuOf(server.pid) - before)) * 1000})
    }
    const [p50, p95, p99] = [0, 1, 2].map((n) => median(found.map(({delays}) => delays[n])).toFixed(1))
    const rate = Math.round(median(found.map(({rate}) => rate))).toLocaleString('en')
    const lost = found.every(({frames}) => frames === NOTIFICATIONS * sockets) ? '' : '; SOME WERE LOST'
    console.log(
      `${name}: a NOTIFY each 20 ms to ${sockets.toLocaleString('en')} sockets: p50 ${p50}, p95 ${p95}, p99 ${p99} ms; ${rate} messages a second of CPU${lost}`,
    )
    await listeners.close()
  } finally {
    await db.close()
    server.kill()
  }
}

async function reachable(port) {
  for (let n = 0; n < 200; n++) {
    const is = await fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    )
    if (is) return
    await sleep(50)
  }
  throw new Error(`nothing listens on port ${port}`)
}

/** Milliseconds of a process, as Linux counts them; NaN elsewhere. */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}

/** Not pgext's own of that name. */
function find(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK)
      const file = realpathSync(join(folder, name))
      if (!file.endsWith('.js')) return file
    } catch {}
  }
  return undefined
}

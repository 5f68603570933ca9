// A database in; a server in front of it in a process of its own, which says what it takes, until its input ends, out.
import {createInterface} from 'node:readline'
import {SERVE} from '../dist/project/serve.js'
import {readNamed} from '../dist/realtime/live/named.js'
import {openServer} from '../dist/realtime/open.js'

const [url, secret] = process.argv.slice(2)
const limits = {...SERVE.limits, sockets: 100_000, perAddress: 100_000, connects: 100_000, buffer: 64 * 2 ** 20}
const room = await readNamed('room', '-- pgext:params room int\nselect id, body from public.note where room = $1', 'room.sql')
const running = await openServer({
  url,
  secret,
  settings: {...SERVE, port: 0, limits},
  history: 60,
  queries: new Map([['room', room]]),
  log: (what) => what.includes('superuser') || console.error(what),
})
console.log(JSON.stringify({port: running.port}))
for await (const _ of createInterface({input: process.stdin})) {
  const {user, system} = process.cpuUsage()
  console.log(JSON.stringify({cpu: (user + system) / 1000, memory: process.memoryUsage.rss()}))
}
process.exit()

// A process of its own: so many sockets, each subscribed; what they are told, and how long after it was written, out. It is spoken to by lines.
import {createInterface} from 'node:readline'
import {SignJWT} from 'jose'
import {WebSocket} from 'ws'

const [port, count, secret, mode] = process.argv.slice(2)
const key = new TextEncoder().encode(secret)
const now = () => performance.timeOrigin + performance.now()
/** queries of one socket */
const QUERIES = 10
/** milliseconds from the write of a row to its arrival, and all that arrived since the last `start` */
let delays = []
let [frames, changes] = [0, 0]
/** changes of a frame, by how it begins: sockets that are told the same are sent the same */
let known = new Map()
let wake = () => {}

const sockets = []
let next = 0
const began = performance.now()
await Promise.all(Array.from({length: 50}, open))
console.log(JSON.stringify({milliseconds: performance.now() - began}))
for await (const line of createInterface({input: process.stdin})) {
  const [what, wanted] = line.split(' ')
  if (what === 'start') {
    delays = []
    known = new Map()
    frames = changes = 0
  } else if (what === 'until') await came(Number(wanted))
  delays.sort((a, b) => a - b)
  const at = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))]
  console.log(JSON.stringify({frames, changes, delays: delays.length > 0 ? [at(0.5), at(0.95), at(0.99), delays.at(-1)] : []}))
}
process.exit()

async function came(wanted) {
  const end = now() + 30_000
  while (changes < wanted && now() < end) {
    await new Promise((resolve) => {
      wake = () => changes >= wanted && resolve()
      setTimeout(resolve, 1000)
    })
  }
}

async function open() {
  while (next < Number(count)) {
    const n = next++
    const ws = mode === 'listen' ? listen() : await connect(n)
    await new Promise((resolve, reject) => {
      ws.once('error', reject)
      if (mode === 'listen') ws.once('open', resolve)
      let left = QUERIES
      ws.on('message', (data) => {
        // what is cheap to look at: a bench is not to measure its own reading
        const head = data.toString('latin1', 0, 120)
        if (head.startsWith('{"type":"change"')) heard(data, head)
        else if (mode === 'listen') took(JSON.parse(data).sent)
        else if (head.startsWith('{"type":"auth"')) {
          if (mode === 'idle') resolve()
          else if (mode === 'live')
            for (let q = 0; q < QUERIES; q++) say(ws, {type: 'query', id: `q${q}`, name: 'room', params: {room: n * QUERIES + q}})
          else say(ws, {type: 'subscribe', id: 's', table: mode === 'fan' ? 'news' : 'message'})
        } else if (head.startsWith('{"type":"subscribed"')) resolve()
        else if (head.startsWith('{"type":"rows"')) {
          if (--left === 0) resolve()
        } else if (head.startsWith('{"type":"delta"')) took()
        else if (head.startsWith('{"type":"error"')) reject(new Error(data.toString()))
      })
    })
    sockets.push(ws)
  }
}

function heard(data, head) {
  frames++
  if (mode === 'delay') for (const {row} of JSON.parse(data).changes) took(row.sent)
  else {
    const name = `${data.length} ${head}`
    const own = known.get(name) ?? data.toString('latin1').split('"op":').length - 1
    known.set(name, own)
    changes += own
    wake()
  }
}

function took(sent) {
  changes++
  if (mode === 'listen') frames++
  if (sent !== undefined) delays.push(now() - sent)
  wake()
}

function say(ws, message) {
  ws.send(JSON.stringify(message))
}

function listen() {
  return new WebSocket(`ws://127.0.0.1:${port}/listen/bench`, {perMessageDeflate: false})
}

async function connect(n) {
  const token = await new SignJWT({role: 'web_user', sub: String(n)})
    .setProtectedHeader({alg: 'HS256'})
    .setExpirationTime('1h')
    .sign(key)
  return new WebSocket(`ws://127.0.0.1:${port}`, {headers: {authorization: `Bearer ${token}`}, perMessageDeflate: false})
}

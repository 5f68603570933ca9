// A process of its own: so many sockets, each subscribed; what they are told, and how long after it was written, out. It is spoken to by lines.
import {createInterface} from 'node:readline'
import {SignJWT} from 'jose'
import {WebSocket} from 'ws'

const [port, count, secret, mode] = process.argv.slice(2)
const key = new TextEncoder().encode(secret)
const now = () => performance.timeOrigin + performance.now()
/** milliseconds from the write of a row to its arrival, and all that arrived since the last `start` */
let delays = []
let [frames, changes, last] = [0, 0, 0]

const sockets = []
let next = 0
await Promise.all(Array.from({length: 50}, open))
console.log('ready')
for await (const line of createInterface({input: process.stdin})) {
  if (line === 'start') {
    delays = []
    frames = changes = 0
    console.log('started')
  } else if (line === 'tell') {
    delays.sort((a, b) => a - b)
    const at = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))]
    console.log(
      JSON.stringify({frames, changes, last, delays: delays.length > 0 ? [at(0.5), at(0.95), at(0.99), delays.at(-1)] : []}),
    )
  } else break
}
process.exit()

async function open() {
  while (next < Number(count)) {
    const n = next++
    const token = await new SignJWT({role: 'web_user', sub: String(n)})
      .setProtectedHeader({alg: 'HS256'})
      .setExpirationTime('1h')
      .sign(key)
    const ws = new WebSocket(`ws://127.0.0.1:${port}`, {headers: {authorization: `Bearer ${token}`}, perMessageDeflate: false})
    await new Promise((resolve, reject) => {
      ws.once('error', reject)
      ws.on('message', (data) => {
        // what is cheap to look at: a bench is not to measure its own reading
        const text = data.toString('latin1')
        if (text.startsWith('{"type":"change"')) {
          frames++
          last = now()
          if (mode === 'delay') {
            for (const {row} of JSON.parse(text).changes) {
              changes++
              delays.push(last - row.sent)
            }
          } else changes += text.split('"op":').length - 1
        } else if (text.startsWith('{"type":"auth"')) {
          if (mode === 'idle') resolve()
          else ws.send(JSON.stringify({type: 'subscribe', id: 's', table: mode === 'fan' ? 'news' : 'message'}))
        } else if (text.startsWith('{"type":"subscribed"')) resolve()
        else if (text.startsWith('{"type":"error"')) reject(new Error(text))
      })
    })
    sockets.push(ws)
  }
}

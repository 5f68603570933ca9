// A process of its own: inserts so many rows a second, each in a transaction, for some seconds; when each was committed, out.
import {connect} from '../dist/postgres/native.js'

const [url, rate, seconds] = process.argv.slice(2)
const SESSIONS = 8
const now = () => performance.timeOrigin + performance.now()

const free = await Promise.all(Array.from({length: SESSIONS}, () => connect(url)))
const all = [...free]
const committed = []
let [sent, done] = [0, 0]
const most = Number(rate) * Number(seconds)
const began = now()

await new Promise((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(most, Math.floor(((now() - began) * Number(rate)) / 1000))
    for (; sent < due && free.length > 0; sent++) void write(sent, free.pop())
    if (done === most) {
      clearInterval(timer)
      resolve()
    }
  }, 1)
})
console.log(JSON.stringify(committed))
for (const db of all) await db.close()

async function write(id, db) {
  await db.query(
    `insert into public.message (room, author, body) values ($1::int, 'pace', 'a message of forty letters, more or less')`,
    [id],
  )
  committed[id] = now()
  done++
  free.push(db)
}

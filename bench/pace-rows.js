// A process of its own: inserts so many rows a second, each in a transaction and one user's, with the moment in it, for some seconds.
import {connect} from '../dist/postgres/native.js'

const [url, rate, seconds, users, first] = process.argv.slice(2)
const SESSIONS = 8
const now = () => performance.timeOrigin + performance.now()
const free = await Promise.all(Array.from({length: SESSIONS}, () => connect(url)))
const all = [...free]
const most = Number(rate) * Number(seconds)
let [sent, done] = [0, 0]
const began = now()
await new Promise((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(most, Math.floor(((now() - began) * Number(rate)) / 1000))
    for (; sent < due && free.length > 0; sent++) void write(sent, free.pop())
    if (done < most) return
    clearInterval(timer)
    resolve()
  }, 1)
})
for (const db of all) await db.close()

async function write(n, db) {
  const id = Number(first) + n
  await db.query(
    `insert into public.message values ($1::int8, $2::text, 'a message of forty letters, more or less', $3::float8)`,
    [id, String(id % Number(users)), now()],
  )
  done++
  free.push(db)
}

// A process of its own: a database and a number in; so many live queries of the library, each of which says which rows concern it, and what they take, out.
import {createInterface} from 'node:readline'
import {liveQueries} from '../dist/index.js'

const [url, count] = process.argv.slice(2)
const began = performance.now()
const live = await liveQueries({url, onError: (error) => console.error(error.message)})
let told = 0
const all = Array.from({length: Number(count)}, (_, room) => {
  const query = live.query({
    id: `room ${room}`,
    sql: 'select id, body from public.note where room = $1',
    params: [room],
    refresh: {note: {room}},
  })
  query.on(() => told++)
  return query
})
await Promise.all(all.map((query) => query.ready()))
console.log(JSON.stringify({milliseconds: performance.now() - began}))
for await (const _ of createInterface({input: process.stdin})) {
  const {user, system} = process.cpuUsage()
  console.log(JSON.stringify({cpu: (user + system) / 1000, memory: process.memoryUsage.rss(), told}))
}
process.exit()

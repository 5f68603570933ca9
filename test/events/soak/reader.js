// A process of its own: reads as a named consumer, and writes each batch to a file before it acknowledges it. It is killed at any time.
import {openSync, writeSync} from 'node:fs'

const [folder, engine, url, file] = process.argv.slice(2)
const {openQueue} = await import(`${folder}/dist/events/queue/queue.js`)
const {openWal} = await import(`${folder}/dist/events/wal/source.js`)
const {connect} = await import(`${folder}/dist/postgres/native.js`)

const log = openSync(file, 'a')
/** What a line holds has reached the kernel before anything else happens, which outlives this process. */
const note = (line) => writeSync(log, `${JSON.stringify(line)}\n`)
const values = (row) => row?.map((value) => (value === undefined ? 0 : value))

const reader = {name: 'ws'}
const [{mark}] = await told('select mark from pgext.events')
const source = await (engine === 'wal' ? openWal(url, reader, {mark}) : openQueue(() => connect(url), reader))
// it is the only one by that name now: nobody else's acknowledgement is on its way
const [stored] = await told(`select token, lsn::text as lsn, messages from pgext.consumer where name = 'ws'`)
note({begins: stored})
console.log('reads')

let batches = 0
for await (const {xid, last, entries, token} of source.read()) {
  const told = entries.map((entry) =>
    entry.kind === 'message'
      ? [entry.channel]
      : [entry.operation, entry.shape.table, values(entry.row), values(entry.old), entry.partition?.table],
  )
  note({xid, last, told})
  const isEnd = entries.some(({channel}) => channel === 'end')
  // several at once, as a busy reader would
  if (++batches % 3 > 0 && !isEnd) continue
  note({asks: token})
  await source.acknowledge(token)
  note({has: token})
  if (isEnd) break
}
await source.close()
note({end: true})

async function told(sql) {
  const db = await connect(url)
  try {
    return await db.query(sql)
  } finally {
    await db.close()
  }
}

// Two databases' URLs in, as JSON out: what reading and planning take inside one process on open connections, in round trips, ms and MB.
import {compare} from '../dist/diff/compare.js'
import {plan} from '../dist/diff/plan.js'
import {read} from '../dist/diff/read.js'
import {connect} from '../dist/postgres/native.js'

const [from, to] = process.argv.slice(2)
const db = await connect(from)
let trips = 0
const counted = (run) => {
  trips++
  return run
}
const watched = Object.create(db, {
  script: {value: (...args) => counted(db.script(...args))},
  query: {value: (...args) => counted(db.query(...args))},
  server: {value: db.server},
})
const times = {}
const during = async (name, work) => {
  const started = performance.now()
  const result = await work()
  times[name] = performance.now() - started
  return result
}
const current = await during('read a catalog, open connection', () => read(watched))
const readTrips = trips
await db.close()
const other = await connect(to)
const desired = await read(other)
await other.close()
const {server} = current
const changes = await during('compare', () => compare(current, desired))
const whole = await during('plan and order', () => plan(current, desired, {server, changes}))
process.stdout.write(
  JSON.stringify({
    times,
    objects: current.objects.size,
    changes: changes.length,
    steps: whole.steps.length,
    trips: readTrips,
    peak: process.resourceUsage().maxRSS / 1024,
    major: server.major,
  }),
)

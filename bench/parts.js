// Two databases' URLs in, how long each part of a proven diff between them takes out, in one process.
import {compare} from '../dist/diff/compare.js'
import {plan} from '../dist/diff/plan.js'
import {read} from '../dist/diff/read.js'
import {connect} from '../dist/postgres/native.js'
import {prove} from '../dist/prove/prove.js'
import {runSteps} from '../dist/prove/run.js'
import {openShadow} from '../dist/shadow/open.js'

/** What a proof tells, and the part that begins with it. */
const STAGES = [
  ['planting rows', 'proof: plant rows, remember them'],
  ['running', 'proof: run the plan'],
  ['comparing', 'proof: read, compare, find the rows'],
  ['proving the plan again', 'proof: clone the copy'],
]

export const PARTS = [
  'connect to both',
  'read both',
  'compare',
  'plan',
  'start the shadow',
  'copy the current state: plan it',
  'copy the current state: load it',
  'copy the current state: read it back',
  'proof: clone the copy',
  'proof: plant rows, remember them',
  'proof: run the plan',
  'proof: read, compare, find the rows',
]

export async function measureParts(from, to) {
  const times = {}
  const during = async (part, work) => {
    const started = performance.now()
    try {
      return await work()
    } finally {
      times[part] = (times[part] ?? 0) + performance.now() - started
    }
  }
  const sessions = await during('connect to both', async () => [await connect(from), await connect(to)])
  const [current, desired] = await during('read both', async () => [await read(sessions[0]), await read(sessions[1])])
  for (const session of sessions) await session.close()
  const changes = await during('compare', async () => compare(current, desired))
  const steps = await during('plan', async () => plan(current, desired, {server: current.server, changes}).steps)
  const counts = {major: current.server.major, objects: desired.objects.size, changes: changes.length, steps: steps.length}
  if (steps.length === 0) return {times, counts}

  const extensions = [...current.objects.values()].flatMap((o) =>
    o.kind === 'extension' && o.name[0] !== 'plpgsql' ? [o.name[0]] : [],
  )
  const shadow = await during('start the shadow', () =>
    openShadow({want: 'auto', targetUrl: from, major: current.server.major, extensions, isolated: false}),
  )
  try {
    const copy = await shadow.create()
    const db = await copy.connect()
    const making = await during(
      'copy the current state: plan it',
      async () => plan(await read(db), current, {server: db.server}).steps,
    )
    await during('copy the current state: load it', () => runSteps(db, making, async () => false))
    await during('copy the current state: read it back', async () => compare(await read(db), current))
    await db.close()
    await proof(copy, steps, current, desired, times)
  } finally {
    await shadow.close()
  }
  return {times, counts}
}

/** The parts of a proof are told apart by what it tells; one that has to begin again adds to them. */
async function proof(copy, steps, current, desired, times) {
  let part = 'proof: clone the copy'
  let since = performance.now()
  const next = (name) => {
    times[part] = (times[part] ?? 0) + performance.now() - since
    part = name
    since = performance.now()
  }
  await prove({
    clone: () => copy.clone(),
    plan: {steps, from: current.fingerprint, to: desired.fingerprint},
    current,
    desired,
    read: (db) => read(db),
    compare,
    tell: (doing) => next(STAGES.find(([word]) => doing.startsWith(word))?.[1] ?? part),
  })
  next(part)
}

// Two databases' URLs in, how long each part of a proven diff between them takes out, in one process.
import {compare} from '../dist/diff/compare.js'
import {plan} from '../dist/diff/plan.js'
import {read} from '../dist/diff/read.js'
import {relabel} from '../dist/diff/scope.js'
import {connect} from '../dist/postgres/native.js'
import {prove} from '../dist/prove/prove.js'
import {runSteps} from '../dist/prove/run.js'
import {openShadow} from '../dist/shadow/open.js'
import {connectMighty, makeRoles, rolesIn} from '../dist/walk/copy.js'
import {makeEqual, readTarget, roleNeeded} from '../dist/walk/target.js'

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
    const result = await work()
    times[part] = (times[part] ?? 0) + performance.now() - started
    return result
  }
  const sessions = await during('connect to both', async () => [await connect(from), await connect(to)])
  const [current, desired] = await during('read both', async () => [await read(sessions[0]), await read(sessions[1])])
  for (const session of sessions) await session.close()
  const changes = await during('compare', async () => compare(current, desired))
  const whole = await during('plan', async () => plan(current, desired, {server: current.server, changes}))
  const {major} = current.server
  const counts = {major, objects: desired.objects.size, changes: changes.length, steps: whole.steps.length}
  if (whole.steps.length === 0) return {times, counts}

  const target = await readTarget(from)
  const shadow = await during('start the shadow', () =>
    openShadow({want: 'auto', targetUrl: from, major, extensions: extensionsOf(current), isolated: false}),
  )
  try {
    const role = roleNeeded(shadow, target)
    const seen = async (db) => relabel(await read(db), db.server.user, current.server.user)
    const copy = await copyOf(current, shadow, target, seen, during)
    const clone = () => cloneFor(copy, rolesIn(desired), target, role)
    await proof({clone, plan: whole, current, desired, read: seen, compare, ...(role && {role})}, times)
  } finally {
    await shadow.close()
  }
  return {times, counts}
}

function extensionsOf({objects}) {
  return [...objects.values()].flatMap((o) => (o.kind === 'extension' && o.name[0] !== 'plpgsql' ? [o.name[0]] : []))
}

async function copyOf(current, shadow, target, seen, during) {
  const copy = await shadow.create()
  const db = await connectMighty(copy, target, rolesIn(current))
  const {steps} = await during('copy the current state: plan it', async () =>
    plan(await read(db), relabel(current, current.server.user, db.server.user), {server: db.server}),
  )
  await during('copy the current state: load it', () => runSteps(db, steps, async () => false))
  await during('copy the current state: read it back', async () => compare(await seen(db), current))
  await db.close()
  return copy
}

/** In a cluster of pgext's own, the roles of the desired state and the rights of the target's role are made first. */
async function cloneFor(copy, roles, target, role) {
  const database = await copy.clone()
  if (database.shadow.engine === 'server') return database
  const db = await database.connect()
  await makeRoles(db, roles)
  if (role) await makeEqual(db, target)
  await db.close()
  return database
}

/** The parts of a proof are told apart by what it tells; one that has to begin again adds to them. */
async function proof(options, times) {
  let part = 'proof: clone the copy'
  let since = performance.now()
  const next = (name) => {
    times[part] = (times[part] ?? 0) + performance.now() - since
    part = name
    since = performance.now()
  }
  await prove({...options, tell: (doing) => next(STAGES.find(([word]) => doing.startsWith(word))?.[1] ?? part)})
  next(part)
}

// A plan and a way to get clones of the current state in, the proof that it leads to the desired one and loses no row out.
import type {Catalog, Change, Plan, Step} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import type {Proof, Tell} from '../walk/model.ts'
import {repeating} from './counters.ts'
import {doubled} from './doubled.ts'
import {type Measurement, measureSteps} from './measured.ts'
import {widen} from './path.ts'
import {plant} from './plant.ts'
import {Again, isOwnFault, type Omitted, omit, prune} from './prune.ts'
import {runSteps} from './run.ts'
import {snapshotRows} from './snapshot.ts'
import {survive} from './survive.ts'
import {type Touched, touched} from './touched.ts'

export interface ProveOptions {
  /** a fresh database in the current state; dropped when done with */
  clone(): Promise<ShadowDatabase>
  readonly plan: Plan
  readonly current: Catalog
  readonly desired: Catalog
  read(db: Db): Promise<Catalog>
  compare(a: Catalog, b: Catalog): readonly Change[]
  /** the steps run with this role's rights */
  readonly role?: string
  readonly tell?: Tell
  /** each step is also run by itself, on another copy, and looked at */
  readonly measure?: boolean
}

/** How often the plan is run with fewer and fewer rows before it is run with none. */
const RUNS = 4
const SHOWN = 10

export type Proven = Omit<Proof, 'target'>

export async function prove(options: ProveOptions): Promise<Proven> {
  const {plan, current, desired, tell} = options
  const target = touched(plan, current, desired)
  const omitted: Omitted = new Map()
  const blamed = new Map<Step, string>()
  const guarded = [...current.objects.values()].some(({kind, body}) => kind === 'event trigger' && body.enabled !== 'D')
  let why = 'no planted row obeys the rules to come'
  for (let run = 1; ; run++) {
    // a table whose rows still stand in the way gets none
    if (run === RUNS) for (const [key, one] of omitted) omitted.set(key, {...one, rows: []})
    const clone = await options.clone()
    try {
      const proof = await runOn(clone, options, target, omitted, blamed, run > RUNS, why)
      if (proof) return options.measure ? {...proof, measured: await measureOn(options, target, omitted, run > RUNS)} : proof
      tell?.('proving the plan again, with rows that its new rules allow')
    } catch (error) {
      // an event trigger may look at any row: what it refuses is tried once more over none
      if (!guarded || run > RUNS || !(error instanceof PgextError && error.sqlstate)) throw error
      why = 'with rows in it an event trigger refuses the plan'
      run = RUNS
    } finally {
      await clone.drop()
    }
  }
}

async function plantOn(planter: Db, {tables, hints}: Touched, omitted: Omitted, bare: boolean) {
  const planted = await plant(planter, bare ? [] : tables, {hints})
  const powers = {user: planter.server.user, superuser: planter.server.superuser}
  await omit(planter, omitted, powers)
  return {planted, powers}
}

/** On the rows with which the plan was proven. */
async function measureOn(options: ProveOptions, target: Touched, omitted: Omitted, bare: boolean): Promise<Measurement> {
  options.tell?.(`measuring ${options.plan.steps.length} steps on a copy`)
  const clone = await options.clone()
  try {
    const planter = await clone.connect()
    await plantOn(planter, target, omitted, bare)
    await planter.close()
    return await measureSteps(clone, options.plan.steps, options.role)
  } finally {
    await clone.drop()
  }
}

/** undefined: rows had to give way, so that what the run has shown is worth nothing yet. */
async function runOn(
  clone: ShadowDatabase,
  {plan, current, desired, read, compare, role, tell}: ProveOptions,
  target: Touched,
  omitted: Omitted,
  blamed: Map<Step, string>,
  bare: boolean,
  why: string,
): Promise<Proven | undefined> {
  // one session after the other: PGlite has a single backend for all of them
  const planter = await clone.connect()
  tell?.('planting rows')
  const {planted, powers} = await plantOn(planter, target, omitted, bare)
  await widen(planter)
  const before = await snapshotRows(planter, planted.tables)
  await planter.close()

  tell?.(`running ${plan.steps.length} steps on a copy`)
  const runner = await clone.connect({role})
  let gaveWay = false
  const run = runSteps(runner, plan.steps, async (step, error) => {
    const tables = target.tablesOf(step)
    const ownFault = await isOwnFault(runner, error, tables, omitted)
    const gone = await prune(runner, step, error, tables, omitted, {...powers, role})
    if (gone && !ownFault && !blamed.has(step)) blamed.set(step, error.message)
    gaveWay ||= gone
    return gone
  })
  const isWhole = await run.then(
    () => true,
    (error) => {
      if (!(error instanceof Again)) throw error
      if (bare) throw error.cause
      return false
    },
  )
  await runner.close()
  if (!isWhole || (gaveWay && !bare)) return undefined

  tell?.('comparing the copy with the desired state')
  const db = await clone.connect()
  const left = compare(await read(db), desired)
  if (left.length > 0) throw differs(left)
  await widen(db)
  const {lost, narrowed} = await survive(bare ? [] : before, db, declaredBy(plan), droppedBy(plan))
  if (lost.length > 0) throw loses(lost)
  const twice = bare ? undefined : await doubled(plan, desired, before, db)
  if (twice) throw moves(twice)
  const again = await repeating(current, desired, bare ? [] : before, db)
  if (again.length > 0) throw repeats(again)

  const changes = narrowed.flatMap(({columns, why}) => {
    const step = plan.steps.find(({loses, makes, object}) =>
      [...loses, ...makes, object].some((id) => columns.some((column) => id === `column ${column}`)),
    )
    return step ? [{step, why}] : []
  })
  // rows that gave way to new rules may have been all that a table had
  const holding = new Set(before.flatMap((table) => [table, ...table.above].map(({schema, name}) => `${schema}.${name}`)))
  const emptied = planted.filled.filter((table) => omitted.size > 0 && !holding.has(table))
  const without = bare ? target.tables.map(({schema, name}) => `${schema}.${name}`) : emptied
  return {
    planted: planted.filled.length - emptied.length,
    unplanted: [...planted.unplanted, ...without.map((table) => ({table, why}))],
    major: db.server.major,
    dataDependent: [...[...blamed].map(([step, why]) => ({step, why})), ...changes],
  }
}

/** Only steps that say so lose data; a step that merely casts must leave what the cast gives. */
function declaredBy(plan: Plan): Set<string> {
  const losing = plan.steps.filter(({hazards}) => hazards.some(({name}) => name === 'data-loss'))
  const said = plan.steps.flatMap(({converts = []}) => converts)
  return new Set([...losing.flatMap(({loses}) => loses), ...said].map(nameIn))
}

function droppedBy(plan: Plan): Set<string> {
  return new Set(plan.steps.flatMap(({verb, loses}) => (verb === 'drop' ? loses.map(nameIn) : [])))
}

const nameIn = (id: string): string => id.slice(id.indexOf(' ') + 1)

function differs(left: readonly Change[]): PgextError {
  const lines = left.map((change) => (change.verb === 'drop' ? `drop ${change.from.id}` : `${change.verb} ${change.to.id}`))
  return new PgextError(
    'proof-failed',
    `the plan does not lead to the desired state; after it there is still to do:\n${listed(lines)}`,
    {
      hint: 'this is a fault of pgext: please report it with both schemas; --no-prove prints the plan as it is',
    },
  )
}

function loses(lost: readonly string[]): PgextError {
  return new PgextError('data-loss', `the plan would lose data that no step declares:\n${listed(lost)}`, {
    hint: 'this is a fault of pgext: please report it with both schemas',
  })
}

function moves(twice: string): PgextError {
  return new PgextError('proof-failed', `the plan moves rows to two places: ${twice}`, {
    hint: 'this is a fault of pgext: please report it with both schemas; --no-prove prints the plan as it is',
  })
}

function repeats(again: readonly string[]): PgextError {
  return new PgextError('proof-failed', `after the plan new rows would meet old ones:\n${listed(again)}`, {
    hint: 'this is a fault of pgext: please report it with both schemas; --no-prove prints the plan as it is',
  })
}

function listed(lines: readonly string[]): string {
  const more = lines.length > SHOWN ? [`  … and ${lines.length - SHOWN} more`] : []
  return [...lines.slice(0, SHOWN).map((line) => `  ${line}`), ...more].join('\n')
}

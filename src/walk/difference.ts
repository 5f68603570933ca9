// Two sides in; what differs, the plan from one to the other and its proof out.
import {price} from '../cost/price.ts'
import {arrangementNotes} from '../diff/arrangement.ts'
import {refuseBlocked, refuseLacking, spare} from '../diff/leave.ts'
import type {Catalog, ObjectId, Plan} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {read} from '../diff/read.ts'
import {ofMaker, relabel} from '../diff/relabel.ts'
import {fitting, oldIdOf} from '../diff/renames.ts'
import {ROUTINES} from '../diff/routines.ts'
import {type Scoped, scope} from '../diff/scope.ts'
import {captureIn, captureNotes} from './capture.ts'
import {clashes} from './clash.ts'
import {inCluster} from './cluster.ts'
import {warnOfCode} from './code.ts'
import {conversionNotes, conversionsOf} from './conversion.ts'
import {oldIds, passing} from './deployed.ts'
import {
  compareSchema,
  deployable,
  deployedBeside,
  functionChanges,
  oursBy,
  splitOff,
  without,
  withoutFunctions,
} from './functions.ts'
import {leaveFunctions, said, serverFor, sparing} from './known.ts'
import {measuredNotes, measureRenames, tellMeasured} from './measured.ts'
import {type Difference, type DifferenceOptions, NO_ANSWERS} from './model.ts'
import {tablespacesIn} from './named.ts'
import {type Both, openBoth} from './pair.ts'
import {makerIn, type ProofInput, prove, withFunctions, withNamed} from './proof.ts'
import {hush, openCandidates, renamedClone, settleOnClone} from './renames.ts'
import {leavesNothing, rulesFor} from './rules.ts'
import {blind, isSameState, noDifference} from './same.ts'
import {type Known, reprint, type Workplace} from './sides.ts'
import {busyIn, sizesOf} from './sizes.ts'
import {lentTo} from './target.ts'
import {withUnnamed} from './unnamed.ts'
import {usesWith} from './uses.ts'

export async function difference(options: DifferenceOptions, place: Workplace): Promise<Difference> {
  const both = await openBoth(options, place)
  const clash = clashes(both.desired, place)
  const found = await differenceOf(both, options, place)
  const capture = await captureIn(both.current, both.desired, place)
  return {...found, ...(capture && {capture}), notes: [...found.notes, ...clash, ...captureNotes(capture)]}
}

/** Of two states that are open. */
export async function differenceOf(both: Both, options: DifferenceOptions, place: Workplace): Promise<Difference> {
  const {roles} = both
  let {current, desired} = both
  current = inCluster(current, roles)
  // both sides are printed by one server
  const rules = rulesFor(current, desired, place)
  const answers = options.renames ?? NO_ANSWERS
  if (answers.yes.length === 0 && !answers.where?.length && leavesNothing(rules) && isSameState(current, desired))
    return noDifference(current, desired, await conversionNotes(desired, current.catalog))
  const whole = scope(current.catalog, desired.catalog, rules)
  const before = current.catalog
  const {due, others} = said(desired, current)
  const back = fitting(answers.where ?? [], {current: before, desired: desired.catalog})
  const declared = [...due, ...others, ...answers.yes, ...back]
  const unneeded = spare(whole, current.catalog, declared.map(oldIdOf))
  current = sparing(current, unneeded, rules.versions)
  const majors = new Set([current, desired].map((state) => state.catalog.server.major))
  if (majors.size > 1) {
    if (current.live) current = await reprint(current, place, unneeded, rules.versions)
    if (desired.live)
      desired = await reprint(desired, place, spare(scope(desired.catalog, before, rules), desired.catalog), rules.versions)
  }
  const printer = current.catalog.server
  const settled = await settleOnClone({
    current,
    desired: desired.catalog,
    declared,
    read: async (db) => ({...relabel(await read(db, roles), await makerIn(db, place), printer.user), server: printer}),
    tell: place.tell,
  })
  const renamed = current.live ? settled.steps : passing(settled.steps, due)
  const isSame = settled.catalog === before && majors.size === 1
  const again = isSame ? whole : {...scope(settled.catalog, desired.catalog, rules), notes: whole.notes}
  const loud = leaveFunctions(again, current, desired)
  refuseLacking(loud, before, desired.catalog)
  const candidates = openCandidates(loud, answers)
  const quiet = hush(loud)
  const scoped = {...loud, current: quiet.current}
  const steps = [...renamed, ...quiet.steps]
  const functions = deployable(
    scoped.current,
    scoped.desired,
    desired.loaded?.functions ?? new Set(),
    oursBy(current.live?.records),
  )
  const beside = await deployedFunctions(scoped, options, place, functions)
  const gone = oldIds(due)
  const left = beside?.filter(({id}) => !gone.has(id))
  const split = splitOff(scoped.current, scoped.desired, functions, left)
  const server = serverFor(current, place)
  const changes = compareSchema(split.current, split.desired, new Set())
  const busy = options.online ? await busyIn(options.anywhere ? undefined : current.live) : undefined
  const using = conversionsOf(desired)
  const shape = ofWhoever(
    plan(split.current, split.desired, {server, changes, using, ...(busy && {busy})}),
    server.user,
    options.named ?? desired.loaded?.rolesMentioned,
  )
  const {major} = server
  const standing = withUnnamed(split.current, settled.catalog)
  const trimmed = await price(withoutFunctions(shape, split.left).steps, {current: standing, desired: split.desired, major})
  const renaming = await price(steps, {current: before, desired: scoped.desired, major})
  const running = [...[...before.objects.values()].filter(({kind}) => ROUTINES.has(kind)), ...(beside ?? [])]
  const told = await warnOfCode([...renaming, ...trimmed], {
    running,
    desired: desired.catalog,
    changes,
    renames: declared,
    current: before,
    uses: (laid) => usesWith(laid, current, options.prove, place),
    usesThen: () => usesWith([], desired, options.prove, place),
  })
  const all: Plan = {from: scoped.current.fingerprint, to: scoped.desired.fingerprint, steps: told}
  const waiting = current.live ? functionChanges(scoped.current, scoped.desired, functions) : []
  const notes = [
    ...(desired.loaded?.notes ?? []),
    ...(await conversionNotes(desired, settled.catalog, options.from === 'migrations' ? place.project : undefined)),
    ...scoped.notes,
    ...(rules.live ? arrangementNotes(scoped.current, scoped.desired) : []),
    ...blind(current, desired),
    ...placesLacking(desired, place),
  ]
  const shown = changes.filter((change) => !split.left.has(change.verb === 'drop' ? change.from.id : change.to.id))
  const renames = [...settled.steps.slice(0, settled.declared), ...quiet.steps]
  const {unseen} = whole
  const sizes = await sizesOf(all.steps, place.target)
  const result = {current, desired, changes: shown, waiting, unseen, plan: all, sizes, notes, renames, candidates}
  refuseBlocked(all.steps, whole.left, before)
  if (all.steps.length === 0 || !options.prove || (options.asks && candidates.length > 0)) return result
  const fixed = {...rules, carried: new Set([...scoped.carried].map(quiet.idNow))}
  const lent = new Set(
    current.live || !place.target ? [] : [lentTo(place.target.server.user)].filter((id) => !scoped.desired.objects.has(id)),
  )
  const seen = (catalog: Catalog) =>
    leaveFunctions(scope(without(catalog, lent), desired.catalog, fixed), current, desired).current
  const input: ProofInput = {
    clone: withNamed(desired, place, () => renamedClone(current, steps, settled.undo)),
    plan: {...all, steps: trimmed},
    current: scoped.current,
    desired: scoped.desired,
    read: async (db, maker) => seen(relabel(await read(db, roles), maker, desired.catalog.server.user)),
    compare: (a, b) => compareSchema(a, b, new Set([...functions, ...split.left])),
  }
  const proof = await prove({...input, ...(options.measure && {measure: true})}, server, place)
  // a replay lacks the functions that are deployed beside it: the plan must get past them too
  if (!current.live && split.current.fingerprint !== scoped.current.fingerprint) {
    const deployed = withFunctions(input.clone, plan(scoped.current, split.current, {server}).steps, place)
    await prove({...input, clone: deployed, current: split.current}, server, place)
  }
  if (!proof.measured) return {...result, proof}
  const first = await measureRenames(
    withNamed(desired, place, () => current.clone()),
    renaming,
    settled.undo,
  )
  const {steps: seenSteps, measured} = tellMeasured(told, [...renaming, ...trimmed], [first, proof.measured])
  return {...result, proof, plan: {...all, steps: seenSteps}, measured, notes: [...notes, ...measuredNotes(measured)]}
}

/** What the database has beside the replay of its migrations; undefined: nobody can tell. */
async function deployedFunctions(
  {current, desired}: Scoped,
  {from}: DifferenceOptions,
  {target}: Workplace,
  functions: ReadonlySet<ObjectId>,
) {
  if (from !== 'migrations' || !target || functions.size === 0 || target.server.major !== current.server.major) return undefined
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(target.url)
  return deployedBeside(await read(db).finally(() => db.close()), current, desired, functions)
}

/** They are made by whoever runs the server, so no plan makes them. */
function placesLacking(desired: Known, {target}: Workplace): string[] {
  const there = target?.tablespaces
  if (!there?.size) return []
  const lacking = [...tablespacesIn(desired.catalog)].filter((name) => !there.has(name)).sort()
  return lacking.length > 0
    ? [`the target's server lacks the tablespace ${lacking.join(', ')}: make it before this is applied`]
    : []
}

/** What files say of whoever loads them, a migration says of whoever applies it: on a laptop that is another role than on the target. */
function ofWhoever(made: Plan, user: string, named: ReadonlySet<string> | undefined): Plan {
  return named && !named.has(user) ? {...made, steps: made.steps.map((step) => ofMaker(step, user))} : made
}

// Renames that are declared and the current state in, the statements that can be run now out; then the state is read again for what is left.
import {PgextError} from '../errors.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import {nameBetween} from './circle.ts'
import {idOf} from './id.ts'
import {kindOf, kinds} from './kinds/index.ts'
import type {Catalog, CatalogObject, List, ObjectId, States, Step} from './model.ts'
import {renames} from './step.ts'
import {circleOf, circles} from './swapped.ts'

export interface Rename {
  /** the object's, or the name of the list that it stands in: 'enum value' */
  readonly kind: string
  /** under its new name, outermost part first */
  readonly name: readonly string[]
  /** '(integer)': functions, operators */
  readonly signature?: string
  /** its old name: the last part, or all of them */
  readonly from: readonly string[]
  /** where a file says so; else the command line does */
  readonly where?: {readonly file: string; readonly line: number; readonly column: number}
}

/** A rename that has been carried out. */
export interface Renamed {
  readonly kind: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** only for now: names are swapped by way of one that nobody has */
  readonly between?: true
}

export interface Round {
  readonly steps: readonly Step[]
  readonly done: readonly Renamed[]
  /** those that have nothing to rename yet, or never will */
  readonly rest: readonly Rename[]
}

/** What a rename is about in one state: an object, or a thing that an object lists. */
export interface Place {
  readonly o: CatalogObject
  readonly list?: List
}

/** Outermost things first: what is named under a new name has to wait for it. */
export function nextRound(current: Catalog, desired: Catalog, pending: readonly Rename[], before: readonly Renamed[]): Round {
  const steps: Step[] = []
  const done: Renamed[] = []
  const rest: Rename[] = []
  const schemas = new Set<string>()
  const all = pending.map((rename) => asNamedNow(rename, before))
  const stuck: Rename[] = []
  for (const rename of all) {
    const old = oldNameOf(rename)
    const others = all.filter((other) => other !== rename)
    const place = find(current, rename, old)
    const isHidden = others.some((other) => isWithin(rename.name, other.name) || isWithin(rename.name, oldNameOf(other)))
    const isTaken = find(current, rename, rename.name) !== undefined
    if (!place || isHidden || isTaken) {
      rest.push(rename)
      if (place && !isHidden) stuck.push(rename)
      continue
    }
    if (!rename.where && !find(desired, rename, rename.name)) throw unwanted(rename)
    const sql = statementsFor(rename, place, current, desired)
    if (!sql) {
      rest.push(rename)
      continue
    }
    const [schema = ''] = rename.name
    if (old.length > 1 && old[0] !== schema && !current.objects.has(idOf('schema', [schema])) && !schemas.has(schema)) {
      schemas.add(schema)
      steps.push({...renames(idOf('schema', [schema]), `CREATE SCHEMA ${quoteName(schema)}`), verb: 'create'})
    }
    const id = place.list ? place.o.id : idOf(rename.kind, rename.name, rename.signature)
    steps.push(...sql.map((text) => renames(id, text)))
    done.push({kind: rename.kind, from: old, to: rename.name})
  }
  if (steps.length > 0) return {steps, done, rest}
  const {first, swapped} = circles(stuck, {current, desired})
  return stepAside(
    first,
    rest.filter((rename) => !swapped.includes(rename)),
    {current, desired},
  )
}

/** Of names that are swapped one steps aside, under a name that nobody has. */
function stepAside(first: readonly Rename[], rest: readonly Rename[], {current, desired}: States): Round {
  if (first.length === 0) return {steps: [], done: [], rest}
  const names = new Set([...current.objects.values(), ...desired.objects.values()].map((o) => o.name.at(-1)!))
  const steps: Step[] = []
  const done: Renamed[] = []
  const left = rest.map((rename) => {
    if (!first.includes(rename)) return rename
    const old = oldNameOf(rename)
    const place = find(current, rename, old)!
    const listed = place.list?.items(place.o).map(({name}) => name) ?? []
    const last = nameBetween(old.at(-1)!, (name) => names.has(name) || listed.includes(name))
    const to = [...old.slice(0, -1), last]
    const sql = statementsFor({...rename, name: to, from: old}, place, current, desired)
    if (!sql) return rename
    names.add(last)
    const id = place.list ? place.o.id : idOf(rename.kind, to, rename.signature)
    steps.push(...sql.map((text) => renames(id, text)))
    done.push({kind: rename.kind, from: old, to, between: true})
    return {...rename, from: to}
  })
  return {steps, done, rest: left}
}

function statementsFor(rename: Rename, {o, list}: Place, current: Catalog, desired: Catalog): readonly string[] | undefined {
  const last = rename.name.at(-1)!
  if (list) return [list.rename(o, oldNameOf(rename).at(-1)!, last, current)]
  const to = desired.objects.get(idOf(rename.kind, rename.name, rename.signature)) ?? {...o, name: rename.name}
  return kindOf(o.kind).rename?.(o, to, {current, desired})
}

/** Nothing more can be done: those left are done already, or they are mistakes. */
export function refuseUnmet(rest: readonly Rename[], current: Catalog, desired: Catalog): void {
  for (const rename of rest) {
    const [old, shown] = [oldNameOf(rename), quoteNames(...rename.name)]
    const [isOld, isNew] = [find(current, rename, old), find(current, rename, rename.name)]
    const was = quoteNames(...rename.from)
    if (isOld && isNew) {
      const isSwapped = circleOf(rename, rest) !== undefined
      throw refusal(rename, `${rename.kind} ${shown} and ${was}, which it is said to be renamed from, both exist`, {
        hint: isSwapped
          ? 'whether they are swapped already can’t be seen: say it once, with --rename for each of them, and remove the directives'
          : 'remove the directive, or drop one of them first',
        flag: 'leave it out, or drop one of them first',
      })
    }
    if (isOld) {
      throw refusal(rename, `${rename.kind} ${shown} can’t be renamed by itself from ${was}`, {
        hint: 'a part that comes from a parent table or from a type is renamed there: move the directive',
        flag: 'a part that comes from a parent table or from a type is renamed there',
      })
    }
    if (isNew || (rename.where && !isMissed(rename, current))) continue
    if (!rename.where && !find(desired, rename, rename.name)) throw unwanted(rename)
    throw refusal(rename, `neither ${rename.kind} ${shown} nor ${was} exists`, {
      hint: 'mend the old name, or remove the directive',
      flag: 'write names as pgext prints them, with their schema',
    })
  }
}

function unwanted(rename: Rename): PgextError {
  return new PgextError('usage', `--rename: there is to be no ${rename.kind} ${quoteNames(...rename.name)}`, {
    hint: 'behind the = stands the name that the files have',
  })
}

/** In a new database, or where its container is made by this very plan, nothing can be under an older name. */
function isMissed(rename: Rename, current: Catalog): boolean {
  const container = rename.name.length > 2 ? quoteNames(...rename.name.slice(0, -1)) : undefined
  for (const {kind, name} of current.objects.values()) {
    if (name.length < 2 || kind === 'default privilege') continue
    if (container === undefined || quoteNames(...name) === container) return true
  }
  return false
}

function refusal(rename: Rename, message: string, {hint, flag}: {hint: string; flag: string}): PgextError {
  return rename.where
    ? new PgextError('bad-file', message, {where: rename.where, hint})
    : new PgextError('usage', `--rename: ${message}`, {hint: flag})
}

export function oldNameOf({name, from}: Rename): readonly string[] {
  return from.length === name.length ? from : [...name.slice(0, -1), from.at(-1)!]
}

/** Of what is renamed, or of what it is a part of. */
export function oldIdOf(rename: Rename): ObjectId {
  return idOf(rename.kind, oldNameOf(rename), rename.signature)
}

/** Those of them that both states have what they speak of: under the old name here, under the new one there. */
export function fitting(renames: readonly Rename[], {current, desired}: States): Rename[] {
  // by the thing itself, or by what it stands in
  const isLeft = ({name}: Rename) =>
    renames.some((other) => {
      const old = oldNameOf(other)
      return (old.length === name.length || isWithin(name, old)) && old.every((part, at) => part === name[at])
    })
  return renames.filter((rename) => {
    const {kind, name, from} = rename
    if (find(desired, rename, name) === undefined) return false
    // a name that is taken must be given up by another of them
    if (find(current, rename, name) !== undefined && !isLeft(rename)) return false
    if (from.length === name.length) return find(current, rename, from) !== undefined
    // what it stands in may have another name here
    const last = from.at(-1)!
    return [...current.objects.values()].some((o) => {
      const {list} = kindOf(o.kind)
      return o.kind === kind ? o.name.at(-1) === last : list?.name === kind && list.items(o).some((item) => item.name === last)
    })
  })
}

const isWithin = (name: readonly string[], outer: readonly string[]): boolean =>
  outer.length < name.length && outer.every((part, at) => part === name[at])

export function find(catalog: Catalog, {kind, signature}: Rename, name: readonly string[]): Place | undefined {
  const own = catalog.objects.get(idOf(kind, name, signature))
  if (own) return {o: own}
  for (const {name: whole, list} of kinds) {
    if (list?.name !== kind) continue
    const o = catalog.objects.get(idOf(whole, name.slice(0, -1)))
    if (o && list.items(o).some((item) => item.name === name.at(-1))) return {o, list}
  }
  return undefined
}

/** Old names may be said under the name that a schema or table had before; a file names what is inside by the new one. */
function asNamedNow(rename: Rename, before: readonly Renamed[]): Rename {
  let {name, from} = rename
  for (const {from: was, to: now} of before) {
    if (was.length === 1 && from.length > 1 && from[0] === was[0]) from = [...now, ...from.slice(1)]
    if (!rename.where && isWithin(name, was)) name = [...now, ...name.slice(was.length)]
  }
  return {...rename, name, from}
}

/** The things that such a rename can be about, longest names first. */
export function renameable(): string[] {
  const names = kinds.flatMap((kind) => [...(kind.rename ? [kind.name] : []), ...(kind.list ? [kind.list.name] : [])])
  return [...new Set(names)].sort((a, b) => b.length - a.length)
}

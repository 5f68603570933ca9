// A database that holds functions and their schema in; what is wrong in their bodies out. Nothing of it runs, and nothing of the asking stays:
// a shadow will do, and a transaction that is about to commit.
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {compileFinding, validation} from './compile.ts'
import {Types} from './kind.ts'
import type {Finding} from './model.ts'
import {checkPlpgsql, type Found, type Means} from './plpgsql/check.ts'
import {type Routine, readRoutines} from './routine.ts'
import {gathering, inSession, type Session} from './session.ts'
import {variantsOf} from './variant.ts'

export interface CheckOptions {
  /** what names without a schema are looked up in, where a routine sets no path of its own; default: what plain sessions have here */
  readonly path?: string
}

/** All of the users' routines, unless some are named; findings by routine, then by place. */
export async function checkBodies(db: Db, routines?: ReadonlySet<ObjectId>, options: CheckOptions = {}): Promise<Finding[]> {
  if (routines?.size === 0) return []
  return inSession(db, async (session) => {
    const read = await readRoutines(db, routines)
    const plain = options.path ?? db.server.path ?? 'public'
    const shared = {session, types: new Types(db), known: new Map(), isColumn: columnsOf(db)}
    const found = await Promise.all(
      read.map((routine) => check(routine, {...shared, path: routine.settings.search_path ?? plain})),
    )
    return found.flat().sort(byPlace)
  })
}

async function check(routine: Routine, means: Means): Promise<Finding[]> {
  const compiled = await compile(routine, means.session, means.path)
  if (compiled || routine.language !== 'plpgsql') return compiled ? [compiled] : []
  const variants = variantsOf(routine)
  const found = await Promise.all(variants.map((variant) => checkPlpgsql(routine, variant, means)))
  return agreed(found, routine.tables.length > 0)
}

/** Of several that it may be called with: what is wrong with all of them, or with one that it is surely called with. */
function agreed(found: readonly (readonly Found[])[], isTrigger: boolean): Finding[] {
  const kept = new Map<string, Finding>()
  const keys = found.map((list) => new Set(list.map(keyOf)))
  for (const {isConditional, ...finding} of found.flat()) {
    const key = keyOf(finding)
    const isSure = (isTrigger && !isConditional) || keys.every((set) => set.has(key))
    if (isSure && !kept.has(key)) kept.set(key, finding)
  }
  return [...kept.values()]
}

const keyOf = ({at, rule, level, sqlstate}: Finding): string => [at, rule, level, sqlstate].join()

async function compile(routine: Routine, session: Session, path: string): Promise<Finding | undefined> {
  const sql = validation(routine)
  if (!sql) return undefined
  const answer = await session.ask(path, {sql, runs: true})
  // who may not run it, may not have it looked at either
  return answer instanceof Error && answer.sqlstate !== '42501' ? compileFinding(routine, answer) : undefined
}

/** Whether anything has a column or parameter of that name. */
export function columnsOf(db: Db): (name: string) => Promise<boolean> {
  return gathering(async (names: readonly string[]) => {
    const rows = await db.query(COLUMNS, [[...new Set(names)]])
    const found = new Set(rows.map(({name}) => name))
    return names.map((name) => found.has(name))
  })
}

const COLUMNS = `
  select distinct attname::text as name from pg_catalog.pg_attribute where attname = any ($1::text[]) and attnum > 0
  union
  select distinct a from pg_catalog.pg_proc p cross join lateral unnest(p.proargnames) a where a = any ($1::text[])`

function byPlace(a: Finding, b: Finding): number {
  if (a.routine !== b.routine) return a.routine < b.routine ? -1 : 1
  return (a.at ?? -1) - (b.at ?? -1)
}

// A database that holds functions and their schema in; what is wrong in their bodies out. Nothing of it runs, and nothing of the asking stays:
// a shadow will do, and a transaction that is about to commit.

import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import {compile} from './compile.ts'
import {extensionFindings, findChecker} from './extension.ts'
import {withoutIgnored} from './ignore.ts'
import {Types} from './kind.ts'
import type {Looked} from './lint/lint.ts'
import {lint} from './lint/list.ts'
import type {Finding} from './model.ts'
import {checkPlpgsql, type Found, type Means} from './plpgsql/check.ts'
import {tokensOf} from './plpgsql/token.ts'
import {type Routine, readRoutines} from './routine.ts'
import {gathering, inSession} from './session.ts'
import {statementsIn, treesOf} from './tree.ts'
import {variantsOf} from './variant.ts'

export interface CheckOptions {
  /** what names without a schema are looked up in, where a routine sets no path of its own; default: what plain sessions have here */
  readonly path?: string
  /** the function of plpgsql_check, with its schema; default: that of the extension, where it is installed */
  readonly checker?: string
}

/** All of the users' routines, unless some are named; findings by routine, then by place. */
export async function checkBodies(db: Db, routines?: ReadonlySet<ObjectId>, options: CheckOptions = {}): Promise<Finding[]> {
  if (routines?.size === 0) return []
  return inSession(db, async (session) => {
    const read = await readRoutines(db, routines)
    const plain = options.path ?? db.server.path ?? 'public'
    const shared = {session, types: new Types(db), known: new Map(), isColumn: columnsOf(db), volatility: volatilityOf(db)}
    const pathOf = (routine: Routine) => routine.settings.search_path ?? around(plain, routine)
    const found: Finding[] = []
    // what is known of many bodies at once takes its room
    for (let at = 0; at < read.length; at += TOGETHER) {
      const some = read.slice(at, at + TOGETHER)
      const all = some.map((routine) => check(routine, {...shared, path: pathOf(routine)}))
      found.push(...(await Promise.all(all)).flat())
    }
    const checker = options.checker ?? (await findChecker(db))
    for (const routine of checker ? read.filter(({language}) => language === 'plpgsql') : []) {
      const own = found.filter((one) => one.routine === routine.id)
      const more = await extensionFindings(db, checker!, pathOf(routine), routine, own)
      found.push(...withoutIgnored(more, routine.body, await tokensOf(routine.body)))
    }
    return found.sort(byPlace)
  })
}

const TOGETHER = 100

/** Applications set paths of their own, and theirs has the schema that they call into: looked at last, it hides nothing. */
const around = (path: string, {schema}: Routine): string =>
  path.trim() === '' ? quoteName(schema) : `${path}, ${quoteName(schema)}`

interface Asking extends Means {
  readonly volatility: Looked['volatility']
}

async function check(routine: Routine, asking: Asking): Promise<Finding[]> {
  const {body, id, language, isAtomic} = routine
  const isRead = (language === 'sql' || language === 'plpgsql') && !isAtomic
  const read = isRead ? await tokensOf(body).catch(() => undefined) : undefined
  const {tokens, comments} = read ?? {tokens: [], comments: []}
  const errors: Finding[] = []
  const compiled = await compile(routine, tokens, asking.session, asking.path)
  if (compiled) errors.push(compiled)
  const checked =
    compiled || language !== 'plpgsql'
      ? []
      : await Promise.all(variantsOf(routine).map((one) => checkPlpgsql(routine, one, asking)))
  errors.push(
    ...agreed(
      checked.map(({found}) => found),
      routine.tables.length > 0,
    ),
  )
  const {understood} = checked[0] ?? {}
  const trees = compiled || !isRead ? [] : understood ? treesOf(understood) : await statementsIn(routine)
  const {types, session, volatility} = asking
  const hints = await lint({routine, understood, tokens, comments, trees, types, session, volatility})
  return withoutIgnored([...errors, ...hints.map((hint) => ({routine: id, ...hint}))], body, {comments})
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

/** Whether one of these relations has a column of that name, or one of these functions hands one back. */
export function columnsOf(db: Db): Means['isColumn'] {
  const ask = gathering(async (all: readonly {name: string; sources: ReadonlySet<string>}[]) => {
    const sources = new Set(all.flatMap((one) => [...one.sources]))
    const rows = await db.query(COLUMNS, [[...new Set(all.map(({name}) => name))], [...sources]])
    const found = new Set(rows.map(({source, name}) => `${source}\0${name}`))
    return all.map(({name, sources}) => [...sources].some((source) => found.has(`${source}\0${name}`)))
  })
  return (name, sources) => ask({name, sources})
}

const COLUMNS = `
  select c.relname::text as source, a.attname::text as name
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  where a.attname = any ($1::text[]) and c.relname = any ($2::text[])
  union
  select p.proname::text, a.name
  from pg_catalog.pg_proc p cross join lateral unnest(p.proargnames, p.proargmodes) a (name, mode)
  where a.name = any ($1::text[]) and p.proname = any ($2::text[]) and a.mode in ('o', 'b', 't')
  union
  select p.proname::text, a.attname::text
  from pg_catalog.pg_proc p
  join pg_catalog.pg_type t on t.oid = p.prorettype and t.typrelid <> 0
  join pg_catalog.pg_attribute a on a.attrelid = t.typrelid
  where a.attname = any ($1::text[]) and p.proname = any ($2::text[])`

/** Of all functions of a name, what the least volatile one is. */
function volatilityOf(db: Db): Looked['volatility'] {
  return gathering(async (names: readonly string[]) => {
    const rows = await db.query(VOLATILITY, [[...new Set(names)]])
    const found = new Map(rows.map(({name, volatility}) => [name, volatility]))
    return names.map((name) => found.get(name))
  })
}

// i, s and v stand in that order; what prints values of any type (format, concat, to_jsonb, …) is STABLE for the sake of a few types alone
const VOLATILITY = `
  select proname::text as name, min(case
    when provolatile = 's' and pronamespace = 'pg_catalog'::regnamespace and proargtypes::oid[] && array[2249, 2276, 2277, 2283, 3500]::oid[]
    then 'i' else provolatile::text end collate "C") as volatility
  from pg_catalog.pg_proc where proname = any ($1::text[]) group by 1`

function byPlace(a: Finding, b: Finding): number {
  if (a.routine !== b.routine) return a.routine < b.routine ? -1 : 1
  return (a.at ?? -1) - (b.at ?? -1)
}

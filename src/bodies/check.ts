// A database that holds functions and their schema in; what is wrong in their bodies out. Nothing of it runs, and nothing of the asking stays:
// a shadow will do, and a transaction that is about to commit.

import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import {catalogsOf} from './catalogs.ts'
import {compile} from './compile.ts'
import {extensionFindings, findChecker} from './extension.ts'
import {withoutIgnored} from './ignore.ts'
import {Types} from './kind.ts'
import {lint} from './lint/list.ts'
import type {Finding} from './model.ts'
import {checkPlpgsql, type Found, type Means} from './plpgsql/check.ts'
import {tokensOf} from './plpgsql/token.ts'
import {type Routine, readBodies} from './routine.ts'
import {inSession} from './session.ts'
import {polymorphicFaults, unkeyed} from './sql.ts'
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
    const read = await readBodies(db, routines)
    const plain = options.path ?? db.server.path ?? 'public'
    const shared = {session, types: new Types(db), known: new Map(), catalogs: catalogsOf(db)}
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

async function check(routine: Routine, asking: Means): Promise<Finding[]> {
  const {body, id, language, isAtomic} = routine
  const isRead = (language === 'sql' || language === 'plpgsql') && !isAtomic
  const read = isRead ? await tokensOf(body).catch(() => undefined) : undefined
  const {tokens, comments} = read ?? {tokens: [], comments: []}
  const errors: Finding[] = []
  const compiled = await compile(routine, tokens, asking.session, asking.path)
  if (compiled) errors.push(compiled)
  const isTrigger = routine.tables.length > 0
  const variants = compiled || !isRead ? [] : variantsOf(routine)
  const checked = language === 'plpgsql' ? await Promise.all(variants.map((one) => checkPlpgsql(routine, one, asking))) : []
  const {understood} = checked[0] ?? {}
  const trees = compiled || !isRead ? [] : understood ? treesOf(understood) : await statementsIn(routine)
  errors.push(
    ...agreed(
      checked.map(({found}) => found),
      isTrigger,
    ),
  )
  if (language === 'sql' && !compiled) {
    const open = variants.filter(({polymorphic}) => polymorphic.size > 0)
    errors.push(...agreed(await Promise.all(open.map((one) => polymorphicFaults(routine, one, tokens, asking))), false))
    errors.push(...(await unkeyed(routine, trees, asking)))
  }
  const {types, session} = asking
  const hints = await lint({routine, understood, tokens, comments, trees, types, session, volatility: asking.catalogs.volatility})
  return withoutIgnored([...errors, ...hints.map((hint) => ({routine: id, ...hint}))], body, {comments})
}

/** Of several that it may be called with: what is wrong with all of them, or with one that it is surely called with. */
function agreed(found: readonly (readonly (Finding & Partial<Found>)[])[], isTrigger: boolean): Finding[] {
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

function byPlace(a: Finding, b: Finding): number {
  if (a.routine !== b.routine) return a.routine < b.routine ? -1 : 1
  return (a.at ?? -1) - (b.at ?? -1)
}

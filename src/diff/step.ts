// An object and a statement in, a step out: the defaults that most steps share.
import type {CatalogObject, Hazard, ObjectId, Step} from './model.ts'

type Extra = Partial<Omit<Step, 'sql' | 'object'>>

const PLAIN = {
  makes: [],
  needs: [],
  softNeeds: [],
  breaks: [],
  releases: [],
  claims: [],
  frees: [],
  disturbs: [],
  transaction: 'inside',
  hazards: [],
  loses: [],
} as const

/** The statement that makes `o`. */
export function creates(o: CatalogObject, sql: string, extra: Extra = {}): Step {
  return {
    ...PLAIN,
    sql,
    object: o.id,
    verb: 'create',
    makes: [o.id],
    needs: o.needs,
    softNeeds: o.softNeeds,
    claims: o.claims,
    ...extra,
  }
}

/** A statement that brings `from` to `to` in place. */
export function alters(from: CatalogObject, to: CatalogObject, sql: string, extra: Extra = {}): Step {
  const kept = new Set<ObjectId>(to.needs)
  const releases = from.needs.filter((id) => !kept.has(id))
  return {
    ...PLAIN,
    sql,
    object: to.id,
    verb: 'alter',
    makes: [to.id],
    needs: to.needs,
    softNeeds: to.softNeeds,
    releases,
    ...extra,
  }
}

/** The statement that drops `o`, and with it everything whose parent it is. */
export function drops(o: CatalogObject, sql: string, extra: Extra = {}): Step {
  return {...PLAIN, sql, object: o.id, verb: 'drop', breaks: [o.id], frees: o.claims, ...extra}
}

/** A statement that gives an object another name: settled before anything is compared. */
export function renames(object: ObjectId, sql: string): Step {
  return {...PLAIN, sql, object, verb: 'rename'}
}

/** A statement beside every plan, whose cost is asked for. */
export function apart(object: ObjectId, sql: string): Step {
  return {...PLAIN, sql, object, verb: 'alter'}
}

/** Rows are gone once this has run. */
export function losesData(why: string): Hazard {
  return {name: 'data-loss', why}
}

/** As it runs inside a transaction: under the path that it needs, if any. */
export function inside({sql, path}: Step): string {
  return path === undefined ? sql : `set local search_path = ${path};\n${sql};\nset local search_path = ''`
}

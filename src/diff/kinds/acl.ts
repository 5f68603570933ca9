// Sets of privileges in, the GRANTs and REVOKEs that lead from one to the other out. An entry is `SELECT`, or `SELECT*` with grant option.
import type {CatalogObject, Context} from '../model.ts'

/** What GRANT … ON calls the objects of a kind. */
export type Target =
  | 'TABLE'
  | 'SEQUENCE'
  | 'FUNCTION'
  | 'PROCEDURE'
  | 'SCHEMA'
  | 'TYPE'
  | 'COLUMN'
  | 'FOREIGN DATA WRAPPER'
  | 'FOREIGN SERVER'
  | 'LANGUAGE'

/** Whom privileges are for; the owner is kept as such, since the two states may have different ones. */
export interface Grantee {
  readonly to: 'public' | 'owner' | 'role'
  readonly role?: string
  /** who gave them, where that is not the object's owner: somebody who has them with grant option */
  readonly by?: string
}

const TARGETS: Record<string, Target> = {
  table: 'TABLE',
  view: 'TABLE',
  'materialized view': 'TABLE',
  'foreign table': 'TABLE',
  sequence: 'SEQUENCE',
  function: 'FUNCTION',
  aggregate: 'FUNCTION',
  procedure: 'PROCEDURE',
  schema: 'SCHEMA',
  enum: 'TYPE',
  'composite type': 'TYPE',
  'range type': 'TYPE',
  'base type': 'TYPE',
  domain: 'TYPE',
  column: 'COLUMN',
  'foreign column': 'COLUMN',
  'foreign data wrapper': 'FOREIGN DATA WRAPPER',
  'foreign server': 'FOREIGN SERVER',
  language: 'LANGUAGE',
}

const FULL: Record<Target, readonly string[]> = {
  TABLE: ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'],
  SEQUENCE: ['SELECT', 'UPDATE', 'USAGE'],
  FUNCTION: ['EXECUTE'],
  PROCEDURE: ['EXECUTE'],
  SCHEMA: ['CREATE', 'USAGE'],
  TYPE: ['USAGE'],
  COLUMN: ['INSERT', 'REFERENCES', 'SELECT', 'UPDATE'],
  'FOREIGN DATA WRAPPER': ['USAGE'],
  'FOREIGN SERVER': ['USAGE'],
  LANGUAGE: ['USAGE'],
}

const PUBLIC: Partial<Record<Target, readonly string[]>> = {
  FUNCTION: ['EXECUTE'],
  PROCEDURE: ['EXECUTE'],
  TYPE: ['USAGE'],
  LANGUAGE: ['USAGE'],
}

export function targetOf(subject: CatalogObject): Target | undefined {
  return TARGETS[subject.kind]
}

type Desired = Pick<Context, 'desired'>

/** Every privilege there is on such an object, as the server that was read knows them. */
export function fullOf(target: Target, context: Desired): readonly string[] {
  return target === 'TABLE' && context.desired.server.major >= 17 ? [...FULL.TABLE, 'MAINTAIN'].sort() : FULL[target]
}

/** What PostgreSQL itself gives that grantee on a new object of that sort. */
export function builtIn(target: Target, {to}: Grantee, context: Desired): readonly string[] {
  if (to === 'role' || target === 'COLUMN') return []
  return to === 'owner' ? fullOf(target, context) : (PUBLIC[target] ?? [])
}

/** What a grantee has where no privilege fact says otherwise. */
export function baselineOf(subject: CatalogObject, target: Target, grantee: Grantee, context: Desired): readonly string[] {
  if (isPublicSchema(subject) && grantee.to === 'public')
    return context.desired.server.major >= 15 ? ['USAGE'] : ['CREATE', 'USAGE']
  return builtIn(target, grantee, context)
}

export function isPublicSchema(subject: CatalogObject): boolean {
  return subject.kind === 'schema' && subject.name[0] === 'public'
}

/**
 * The difference, as what stands between the verb and ON, and what follows the grantee.
 * @param isAlone no column has privileges for the same grantee: REVOKE ALL on a table takes every one of these, too
 */
export function transition(
  from: readonly string[],
  to: readonly string[],
  full: readonly string[],
  context: Context,
  isAlone = true,
): readonly Move[] {
  const had = setOf(from)
  const has = setOf(to)
  const names = [...new Set([...had.keys(), ...has.keys()])].sort()
  const gone = names.filter((name) => !has.has(name))
  const narrowed = names.filter((name) => had.get(name) && has.get(name) === false)
  const plain = names.filter((name) => has.get(name) === false && !had.has(name))
  const widened = names.filter((name) => has.get(name) && !had.get(name))
  const moves: [string, readonly string[], string][] = [
    ['REVOKE', gone, ''],
    ['REVOKE GRANT OPTION FOR', narrowed, ''],
    ['GRANT', plain, ''],
    ['GRANT', widened, ' WITH GRANT OPTION'],
  ]
  return moves.flatMap(([verb, list, suffix]) => {
    // MAINTAIN came with 17; a state read on a newer server than the target's may hold it
    const known = list.filter((name) => name !== 'MAINTAIN' || context.server.major >= 17)
    if (known.length === 0) return []
    const all = list.length === full.length || (verb === 'REVOKE' && has.size === 0 && isAlone)
    return [{verb, privileges: all ? ['ALL'] : known, suffix, revokes: verb === 'REVOKE' ? gone : []}]
  })
}

export interface Move {
  readonly verb: string
  readonly privileges: readonly string[]
  readonly suffix: string
  readonly revokes: readonly string[]
}

/** Privilege → whether with grant option. */
function setOf(privileges: readonly string[]): Map<string, boolean> {
  return new Map(privileges.map((p) => (p.endsWith('*') ? [p.slice(0, -1), true] : [p, false])))
}

export function sqlOf({verb, privileges, suffix}: Move, on: string, grantee: string, column = ''): string {
  const words = privileges.map((name) => `${name}${column && ` (${column})`}`).join(', ')
  return `${verb} ${words} ON ${on} ${verb.startsWith('REVOKE') ? 'FROM' : 'TO'} ${grantee}${suffix}`
}

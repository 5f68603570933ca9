// A folder of queries that has changed, and those that are served, in; those that are to be served now, and what is wrong with the others, out.
import {stat} from 'node:fs/promises'
import {PgextError} from '../../errors.ts'
import {type Named, readQueries} from './named.ts'
import {isPassing} from './pool.ts'

export interface Renewal {
  readonly queries: ReadonlyMap<string, Named>
  /** names of those that are new, others than before, or gone */
  readonly changed: readonly string[]
  readonly errors: readonly PgextError[]
}

/** What PostgreSQL says of queries, by their names. */
export interface Checking {
  check(named: ReadonlyMap<string, Named>): Promise<ReadonlyMap<string, PgextError>>
}

/** One that can't be served as it is now is served as it was. */
export async function renew(folder: string, shown: string, before: ReadonlyMap<string, Named>, live: Checking): Promise<Renewal> {
  // it may be on its way from one place to another
  if (before.size > 0 && !(await stat(folder).catch(() => undefined)))
    return {queries: before, changed: [], errors: [new PgextError('bad-file', `there is no folder ${shown} any more`)]}
  const {named, errors} = await readQueries(folder, shown)
  const other = [...named].filter(([name, one]) => before.get(name)?.text !== one.text)
  const refused = await live.check(new Map(other))
  const wrong = new Map([...errors, ...[...refused].filter(([, error]) => !isOthers(error))])
  const kept = [...wrong.keys()].flatMap((name): [string, Named][] => (before.has(name) ? [[name, before.get(name)!]] : []))
  const queries = new Map([...[...named].filter(([name]) => !wrong.has(name)), ...kept])
  const names = [...new Set([...before.keys(), ...queries.keys()])].sort()
  return {
    queries,
    changed: names.filter((name) => before.get(name)?.text !== queries.get(name)?.text),
    errors: [...errors.values(), ...refused.values()],
  }
}

/** It says nothing of the query: who asks for it may have what this login has not, or the database is away. */
const isOthers = (error: PgextError): boolean =>
  isPassing(error) || error.sqlstate === '42501' || error.sqlstate === '57014' || error.code === 'not-allowed'

// The schemas and extensions that others own, by name in; what they hold, as the text of external.sql, out.
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {catalogOf, read} from '../diff/read.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Shadow, SourceFile} from '../shadow/model.ts'
import type {Named} from './committed.ts'

export interface External {
  readonly text: string
  readonly objects: number
  /** names that the database has nothing under */
  readonly absent: readonly string[]
  /** left out, since they need what is not external */
  readonly left: readonly ObjectId[]
}

export async function externalSql(url: string, named: Named): Promise<External> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  const catalog = await read(db).finally(() => db.close())
  const {theirs, left} = pick(catalog, named)
  // a new database has it
  const there = [...theirs.objects].filter(([, o]) => o.kind === 'schema' && o.name[0] === 'public')
  const {steps} = plan(catalogOf(new Map(there), catalog.server), theirs, {server: catalog.server})
  const absent = [
    ...named.schemas.filter((name) => ![...theirs.objects.values()].some((o) => o.kind === 'schema' && o.name[0] === name)),
    ...named.extensions.filter((name) => ![...theirs.objects.values()].some((o) => o.kind === 'extension' && o.name[0] === name)),
  ]
  const head =
    "-- what others own, copied by `pgext external`: loaded before the files, never compared\nSET search_path = '';\nSET check_function_bodies = off;\n"
  const text = [head, ...steps.map(({sql}) => `${sql};\n`)].join('\n')
  return {text, objects: theirs.objects.size, absent, left}
}

/** Loads it into a throwaway database; extensions that its server lacks are passed over. */
export async function loadExternal(
  db: Db,
  files: readonly SourceFile[],
  shadow: Shadow,
  {external, calls}: Project['settings'],
  own: ReadonlySet<ObjectId> = new Set(),
): Promise<void> {
  if (files.length === 0) return
  const {load} = await import('../shadow/load.ts')
  await load(db, [], {
    calls,
    rolesMayBeMade: shadow.engine !== 'server',
    isolated: false,
    external: {...external, files, available: shadow.extensions, own},
  })
}

/** Whose it is and who may use it is not structure. */
const LEFT_OUT = new Set([
  'owner',
  'policy',
  'privilege',
  'default privilege',
  'role',
  'publication table',
  'publication schema',
  'subscription',
  'security label',
  'membership of others',
  'parameter privilege',
  'setting of all roles',
  'database setting',
  'database setting of role',
])

function pick(catalog: Catalog, {schemas, extensions}: Named): {theirs: Catalog; left: ObjectId[]} {
  const rootOf = (o: CatalogObject): CatalogObject => {
    const up = o.parent && catalog.objects.get(o.parent)
    return up ? rootOf(up) : o
  }
  const isTheirs = (o: CatalogObject): boolean => {
    if (LEFT_OUT.has(o.kind) || (o.parent && LEFT_OUT.has(catalog.objects.get(o.parent)?.kind ?? ''))) return false
    const root = rootOf(o)
    if (root.kind === 'extension') return extensions.includes(root.name[0]!)
    return root.kind !== 'publication' && schemas.includes(root.name[0]!)
  }
  const picked = new Map([...catalog.objects].filter(([, o]) => isTheirs(o)))
  // extensions that they use, and the schemas those stand in
  for (const o of picked.values()) {
    for (const id of o.needs) {
      const need = catalog.objects.get(id)
      if (need && (need.kind === 'extension' || need.kind === 'schema')) picked.set(id, need)
    }
  }
  const left: ObjectId[] = []
  for (let gone = true; gone; ) {
    gone = false
    for (const o of picked.values()) {
      if (o.needs.every((id) => picked.has(id) || id.startsWith('role ') || !catalog.objects.has(id))) continue
      picked.delete(o.id)
      left.push(o.id)
      gone = true
    }
  }
  return {theirs: catalogOf(picked, catalog.server), left}
}

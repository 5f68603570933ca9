// Renames the files declare and the current state in, the RENAME steps still to be done out. Names PostgreSQL derived from the old one follow.
import {PgextError} from '../errors.ts'
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import {idOf} from './id.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from './model.ts'
import {relations} from './relations.ts'
import {renames} from './step.ts'

export interface DeclaredRename {
  readonly kind: 'table' | 'column' | 'enum value'
  /** under its new name */
  readonly name: readonly string[]
  readonly from: string
  readonly where: {readonly file: string; readonly line: number; readonly column: number}
}

/** Tables first, since the names of columns below are given under the table's new name. */
export function renameSteps(current: Catalog, desired: Catalog, declared: readonly DeclaredRename[]): Step[] {
  const steps: Step[] = []
  const tables = new Map<string, string[]>() // new table → old name parts
  for (const rename of declared.filter(({kind}) => kind === 'table')) {
    const [schema, name] = rename.name as [string, string]
    if (isDone(rename, has(current, 'table', rename.name), has(current, 'table', [schema, rename.from]), current)) continue
    tables.set(quoteNames(schema, name), [schema, rename.from])
    steps.push(renames(idOf('table', rename.name), `ALTER TABLE ${quoteNames(schema, rename.from)} RENAME TO ${quoteName(name)}`))
    steps.push(...derivedOfTable(current, desired, schema, rename.from, name))
  }
  for (const rename of declared.filter(({kind}) => kind === 'column')) {
    const [schema, table, name] = rename.name as [string, string, string]
    const old = tables.get(quoteNames(schema, table)) ?? [schema, table]
    if (isDone(rename, has(current, 'column', [...old, name]), has(current, 'column', [...old, rename.from]), current)) continue
    steps.push(renames(idOf('column', rename.name), `ALTER TABLE ${quoteNames(schema, table)} RENAME COLUMN ${quoteName(rename.from)} TO ${quoteName(name)}`))
    steps.push(...derivedOfColumn(current, desired, old as [string, string], [schema, table], rename.from, name))
  }
  for (const rename of declared.filter(({kind}) => kind === 'enum value')) {
    const [schema, type, label] = rename.name as [string, string, string]
    const labels: string[] = current.objects.get(idOf('enum', [schema, type]))?.body.labels ?? []
    if (isDone(rename, labels.includes(label), labels.includes(rename.from), current)) continue
    steps.push(
      renames(idOf('enum', [schema, type]), `ALTER TYPE ${quoteNames(schema, type)} RENAME VALUE ${quoteText(rename.from)} TO ${quoteText(label)}`),
    )
  }
  return steps
}

/** True when there is nothing to do: carried out already, or the database is new. */
function isDone(rename: DeclaredRename, isNew: boolean, isOld: boolean, current: Catalog): boolean {
  const shown = quoteNames(...rename.name)
  if (isNew && isOld) {
    throw new PgextError('bad-file', `${rename.kind} ${shown} and ${quoteName(rename.from)}, which it is said to be renamed from, both exist`, {
      where: rename.where,
      hint: 'remove the directive, or drop one of them first',
    })
  }
  if (isNew) return true
  if (isOld) return false
  const isEmpty = ![...current.objects.values()].some((o) => o.kind === 'table' || o.kind === 'enum')
  // its container is made by this very plan: nothing can be under an older name in it
  const container = rename.kind === 'table' || has(current, rename.kind === 'column' ? 'table' : 'enum', rename.name.slice(0, 2))
  if (isEmpty || !container) return true
  throw new PgextError('bad-file', `neither ${rename.kind} ${shown} nor ${quoteName(rename.from)} exists`, {
    where: rename.where,
    hint: 'mend the old name, or remove the directive',
  })
}

const has = (catalog: Catalog, kind: string, name: readonly string[]): boolean => catalog.objects.has(idOf(kind, name))

/** What carries the old name as a prefix, as PostgreSQL gives names, and is wanted under the new one. */
function derivedOfTable(current: Catalog, desired: Catalog, schema: string, from: string, to: string): Step[] {
  const old = idOf('table', [schema, from])
  const table = quoteNames(schema, to)
  return parts(current, old).flatMap((o) => {
    const last = o.name.at(-1)!
    if (!last.startsWith(`${from}_`)) return []
    const wanted = to + last.slice(from.length)
    return followStep(o, desired, [schema, to], table, last, wanted)
  })
}

function derivedOfColumn(current: Catalog, desired: Catalog, old: [string, string], now: [string, string], from: string, to: string): Step[] {
  const prefix = `${old[1]}_`
  return parts(current, idOf('table', old)).flatMap((o) => {
    const last = o.name.at(-1)!
    const renamed = last.startsWith(prefix) ? `${now[1]}_${last.slice(prefix.length)}` : last
    const words = renamed.split('_')
    const inside = from.split('_')
    const at = words.findIndex((_, n) => inside.every((word, k) => words[n + k] === word))
    if (at < 0 || o.kind === 'column') return []
    const wanted = [...words.slice(0, at), to, ...words.slice(at + inside.length)].join('_')
    return followStep(o, desired, now, quoteNames(...now), renamed, wanted)
  })
}

/** Constraints, indexes, and sequences that its columns own. */
function parts(catalog: Catalog, table: ObjectId): CatalogObject[] {
  const {children, dependents} = relations(catalog)
  const own = children(table).filter((o) => o.kind === 'constraint' || o.kind === 'index')
  const sequences = children(table).flatMap((c) => dependents(c.id).filter((o) => o.kind === 'owned by').map((o) => catalog.objects.get(o.parent!)!))
  return [...own, ...sequences]
}

function followStep(o: CatalogObject, desired: Catalog, [schema, name]: [string, string], table: string, last: string, wanted: string): Step[] {
  if (last === wanted) return []
  if (o.kind === 'constraint') {
    if (!has(desired, 'constraint', [schema, name, wanted])) return []
    return [renames(idOf('constraint', [schema, name, wanted]), `ALTER TABLE ${table} RENAME CONSTRAINT ${quoteName(last)} TO ${quoteName(wanted)}`)]
  }
  const kind = o.kind === 'index' ? 'INDEX' : 'SEQUENCE'
  if (!has(desired, o.kind, [o.name[0]!, wanted])) return []
  return [renames(idOf(o.kind, [o.name[0]!, wanted]), `ALTER ${kind} ${quoteNames(o.name[0]!, last)} RENAME TO ${quoteName(wanted)}`)]
}


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
  const moved = new Map<string, Moved>()
  for (const rename of declared.filter(({kind}) => kind === 'table')) {
    const [schema, name] = rename.name as [string, string]
    if (isDone(rename, has(current, 'table', rename.name), has(current, 'table', [schema, rename.from]), current)) continue
    moved.set(quoteNames(schema, name), {schema, was: rename.from, now: name, columns: []})
    steps.push(renames(idOf('table', rename.name), `ALTER TABLE ${quoteNames(schema, rename.from)} RENAME TO ${quoteName(name)}`))
  }
  for (const rename of declared.filter(({kind}) => kind === 'column')) {
    const [schema, table, name] = rename.name as [string, string, string]
    const known = moved.get(quoteNames(schema, table)) ?? {schema, was: table, now: table, columns: []}
    const old = [schema, known.was]
    if (isDone(rename, has(current, 'column', [...old, name]), has(current, 'column', [...old, rename.from]), current, old))
      continue
    moved.set(quoteNames(schema, table), {...known, columns: [...known.columns, {from: rename.from, to: name}]})
    steps.push(
      renames(
        idOf('column', rename.name),
        `ALTER TABLE ${quoteNames(schema, table)} RENAME COLUMN ${quoteName(rename.from)} TO ${quoteName(name)}`,
      ),
    )
  }
  for (const one of moved.values()) steps.push(...derived(current, desired, one))
  for (const rename of declared.filter(({kind}) => kind === 'enum value')) {
    const [schema, type, label] = rename.name as [string, string, string]
    const labels: string[] = current.objects.get(idOf('enum', [schema, type]))?.body.labels ?? []
    if (isDone(rename, labels.includes(label), labels.includes(rename.from), current)) continue
    steps.push(
      renames(
        idOf('enum', [schema, type]),
        `ALTER TYPE ${quoteNames(schema, type)} RENAME VALUE ${quoteText(rename.from)} TO ${quoteText(label)}`,
      ),
    )
  }
  return steps
}

/** A table that is renamed, or has columns that are. */
interface Moved {
  readonly schema: string
  readonly was: string
  readonly now: string
  readonly columns: readonly {readonly from: string; readonly to: string}[]
}

/** True when there is nothing to do: carried out already, or the database is new. */
function isDone(
  rename: DeclaredRename,
  isNew: boolean,
  isOld: boolean,
  current: Catalog,
  within: readonly string[] = rename.name.slice(0, 2),
): boolean {
  const shown = quoteNames(...rename.name)
  if (isNew && isOld) {
    throw new PgextError(
      'bad-file',
      `${rename.kind} ${shown} and ${quoteName(rename.from)}, which it is said to be renamed from, both exist`,
      {
        where: rename.where,
        hint: 'remove the directive, or drop one of them first',
      },
    )
  }
  if (isNew) return true
  if (isOld) return false
  const isEmpty = ![...current.objects.values()].some((o) => o.kind === 'table' || o.kind === 'enum')
  // its container is made by this very plan: nothing can be under an older name in it
  const container = rename.kind === 'table' || has(current, rename.kind === 'column' ? 'table' : 'enum', within)
  if (isEmpty || !container) return true
  throw new PgextError('bad-file', `neither ${rename.kind} ${shown} nor ${quoteName(rename.from)} exists`, {
    where: rename.where,
    hint: 'mend the old name, or remove the directive',
  })
}

const has = (catalog: Catalog, kind: string, name: readonly string[]): boolean => catalog.objects.has(idOf(kind, name))

/** Names that PostgreSQL made of the table's and its columns', where the files want what it would make of the new ones. */
function derived(current: Catalog, desired: Catalog, {schema, was, now, columns}: Moved): Step[] {
  return parts(current, idOf('table', [schema, was])).flatMap((o): Step[] => {
    const last = o.name.at(-1)!
    const nameOf = (name: string) => (o.kind === 'constraint' ? [schema, now, name] : [o.name[0]!, name])
    let names = [last.startsWith(`${was}_`) ? `${now}_${last.slice(was.length + 1)}` : last]
    for (const column of columns) names = [...new Set(names.flatMap((name) => [name, reworded(name, column)]))]
    const wanted = names.reverse().find((name) => has(desired, o.kind, nameOf(name)))
    if (wanted === undefined || wanted === last || has(desired, o.kind, nameOf(last))) return []
    const id = idOf(o.kind, nameOf(wanted))
    if (o.kind === 'constraint')
      return [renames(id, `ALTER TABLE ${quoteNames(schema, now)} RENAME CONSTRAINT ${quoteName(last)} TO ${quoteName(wanted)}`)]
    const word = o.kind === 'index' ? 'INDEX' : 'SEQUENCE'
    return [renames(id, `ALTER ${word} ${quoteNames(o.name[0]!, last)} RENAME TO ${quoteName(wanted)}`)]
  })
}

/** item_owner_id_key with owner_id renamed to user_id: item_user_id_key. */
function reworded(name: string, {from, to}: {readonly from: string; readonly to: string}): string {
  const words = name.split('_')
  const inside = from.split('_')
  const at = words.findIndex((_, n) => inside.every((word, k) => words[n + k] === word))
  return at < 0 ? name : [...words.slice(0, at), to, ...words.slice(at + inside.length)].join('_')
}

/** Constraints, indexes, and sequences that its columns own. */
function parts(catalog: Catalog, table: ObjectId): CatalogObject[] {
  const {children, dependents} = relations(catalog)
  const own = children(table).filter((o) => o.kind === 'constraint' || o.kind === 'index')
  const sequences = children(table).flatMap((c) =>
    dependents(c.id)
      .filter((o) => o.kind === 'owned by')
      .map((o) => catalog.objects.get(o.parent!)!),
  )
  return [...own, ...sequences]
}

// Steps in, the same out with columns that are serial: the sequence, its default and whose it is said in one word.
import type {ColumnBody} from '../diff/kinds/column.ts'
import type {Sequence} from '../diff/kinds/sequence.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from '../diff/model.ts'
import {quoteNames, quoteText} from '../postgres/quote.ts'
import {chosenName, type Names} from './name.ts'

export interface Serials {
  readonly steps: readonly Step[]
  /** column → serial, bigserial or smallserial */
  readonly words: ReadonlyMap<ObjectId, string>
}

const WORDS: Record<string, string> = {smallint: 'smallserial', integer: 'serial', bigint: 'bigserial'}

export function withSerials(steps: readonly Step[], catalog: Catalog, names: Names): Serials {
  const makers = new Map(steps.flatMap((step) => step.makes.map((id) => [id, step] as const)))
  const about = new Map<ObjectId, Step[]>()
  for (const step of steps) about.set(step.object, [...(about.get(step.object) ?? []), step])
  const words = new Map<ObjectId, string>()
  const gone = new Set<Step>()
  const extra = new Map<Step, Step[]>()
  for (const o of catalog.objects.values()) {
    if (o.kind !== 'owned by') continue
    const found = serialOf(o, catalog, names)
    const head = found && makers.get(found.column.parent!)
    // with its default: a table that stands in a cycle gets that later
    if (!head?.makes.includes(found!.value)) continue
    const taken = [...(about.get(o.parent!) ?? []).filter((step) => step.makes.includes(o.parent!)), ...(about.get(o.id) ?? [])]
    for (const step of taken) gone.add(step)
    extra.set(head, [...(extra.get(head) ?? []), ...taken])
    words.set(found!.column.id, found!.word)
  }
  return {words, steps: steps.filter((step) => !gone.has(step)).map((step) => taking(step, extra.get(step) ?? []))}
}

function taking(head: Step, taken: readonly Step[]): Step {
  if (taken.length === 0) return head
  const makes = [...head.makes, ...taken.flatMap((step) => step.makes)]
  const own = new Set(makes)
  const needs = [...head.needs, ...taken.flatMap((step) => step.needs)].filter((id) => !own.has(id))
  return {...head, makes, needs}
}

interface Serial {
  readonly column: CatalogObject<ColumnBody>
  readonly value: ObjectId
  readonly word: string
}

/** Only where serial makes exactly this. */
function serialOf(owned: CatalogObject, {objects, server}: Catalog, names: Names): Serial | undefined {
  const sequence = objects.get(owned.parent!) as CatalogObject<Sequence> | undefined
  const column = owned.needs.map((id) => objects.get(id)).find((o) => o?.kind === 'column') as
    | CatalogObject<ColumnBody>
    | undefined
  if (!sequence || !column) return undefined
  const [schema, table, name] = column.name as [string, string, string]
  const {type = 'bigint', unlogged, ...options} = sequence.body
  const isUnlogged = server.major >= 15 && objects.get(column.parent!)?.body.unlogged === true
  const isPlain = Object.keys(options).length === 0 && (unlogged === true) === isUnlogged
  const {notNull, notNullName, notNullNoInherit, identity, generated, inherited, collation} = column.body
  const isColumnPlain = notNull && !notNullName && !notNullNoInherit && !identity && !generated && !inherited && !collation
  const [at, called] = sequence.name as [string, string]
  const isNamed = at === schema && called === chosenName(table, [name], 'seq') && names.isFree(schema, called)
  const value = objects.get(`default ${column.id.slice('column '.length)}` as ObjectId)
  const expected = `nextval(${quoteText(quoteNames(at, called))}::regclass)`
  if (!isPlain || !isColumnPlain || !isNamed || value?.body.expression !== expected) return undefined
  return column.body.type === type ? {column, value: value.id, word: WORDS[type]!} : undefined
}

// A catalog's objects in, and those that come and go as a plan runs; which tables stand above, below and beside which, at that moment, out.
import type {Catalog, CatalogObject, ObjectId, Step} from '../diff/model.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import {Ahead} from './ahead.ts'

const RELATIONS = new Set(['table', 'foreign table', 'view', 'materialized view', 'sequence'])

/** What of a column decides over rewrites and scans. */
export interface ColumnNow {
  /** of a domain, the type below it */
  readonly type: string
  readonly collation?: string
  readonly notNull: boolean
}

type Change = <T>(map: Map<string, Set<T>>, key: string, value: T) => void
const put: Change = (map, key, value) => map.set(key, (map.get(key) ?? new Set()).add(value))
const take: Change = (map, key, value) => map.get(key)?.delete(value)

/** Relations go by their names as SQL would have them: `public."My Table"`. */
export class Standing {
  readonly #objects = new Map<ObjectId, CatalogObject>()
  readonly #relations = new Map<string, CatalogObject>()
  readonly #below = new Map<string, Set<string>>()
  readonly #keys = new Map<string, Set<CatalogObject>>()
  readonly #keysTo = new Map<string, Set<CatalogObject>>()
  readonly #indexes = new Map<string, string>()
  readonly #rules = new Map<string, Set<ObjectId>>()
  /** columns: indexes and rules that stand on them */
  readonly #upon = new Map<string, Set<CatalogObject>>()
  /** as they are now: a plan changes a column in several steps, and the first makes it known as it will be */
  readonly #columns = new Map<ObjectId, ColumnNow>()
  readonly #domains = new Map<string, Set<string>>()
  readonly ahead = new Ahead()

  readonly #wanted: Catalog | undefined
  #attached?: Map<string, ObjectId[]>

  /** `wanted`: the state that the statements lead to, where that is known */
  constructor(objects: Iterable<CatalogObject>, wanted?: Catalog) {
    this.#wanted = wanted
    const all = [...objects]
    for (const o of all) this.#objects.set(o.id, o)
    for (const o of all) this.#note(o, put)
  }

  get(id: ObjectId): CatalogObject | undefined {
    return this.#objects.get(id)
  }

  /** as it is to be in the end */
  wanted(id: ObjectId): CatalogObject | undefined {
    return this.#wanted?.objects.get(id)
  }

  /** a step has run */
  advance({makes, breaks}: Pick<Step, 'makes' | 'breaks'>): void {
    for (const id of breaks) this.remove(id)
    for (const id of makes) {
      const o = this.wanted(id)
      if (o) this.add(o)
    }
  }

  join(table: string, parent: string): void {
    put(this.#below, parent, table)
  }

  /** a partition, or a table that inherits, goes its own way, with its copies of the parent's foreign keys */
  part(table: string, parent: string): void {
    const place = this.#partition(table)
    if (place) this.remove(place.id)
    take(this.#below, parent, table)
    if (place) for (const key of this.#keys.get(parent) ?? []) put(this.#keys, table, key)
  }

  column(table: string, name: string): ColumnNow | undefined {
    return this.#columns.get(columnId(table, name))
  }

  change(table: string, name: string, facts: Partial<ColumnNow>): void {
    const now = this.column(table, name)
    if (now) this.#columns.set(columnId(table, name), {...now, ...facts})
  }

  retype(table: string, name: string, {type, collation}: Pick<ColumnNow, 'type' | 'collation'>): void {
    this.change(table, name, {type: this.#stored(type), collation})
  }

  renameIndex(from: string, to: string): void {
    const table = this.#indexes.get(from)
    if (table !== undefined) this.#indexes.set(to, table)
    this.#indexes.delete(from)
  }

  /** indexes and rules on a column */
  upon(table: string, name: string): readonly CatalogObject[] {
    return [...(this.#upon.get(columnId(table, name)) ?? [])]
  }

  /** a foreign key, check … by its table and name; a partition's copy of its parent's, too */
  rule(table: string, name: string): CatalogObject | undefined {
    const own = this.get(`constraint ${table}.${quoteName(name)}` as ObjectId)
    return own ?? [...(this.#keys.get(table) ?? [])].find((key) => key.name[2] === name)
  }

  /** a partition's index that is there already is taken for its part of a new one: none is built on it, nor below it */
  adopts(index: string, table: string): boolean {
    if (!this.#wanted) return false
    this.#attached ??= attachments(this.#wanted)
    return (this.#attached.get(index) ?? []).some((id) => {
      const part = this.get(id)
      const on = part && this.#indexes.get(quoteNames(part.name[0]!, part.name.at(-1)!))
      return on !== undefined && this.family(on).includes(table)
    })
  }

  /** a domain gets a rule, which the plan is not done with yet */
  govern(domain: ObjectId): void {
    put(this.#rules, domain, domain)
  }

  /** a domain that not every value of its type may enter */
  isConstrained(domain: ObjectId): boolean {
    const found = this.get(domain) ?? this.wanted(domain)
    if (found?.body.notNull) return true
    return (this.#rules.get(domain)?.size ?? 0) > 0
  }

  /** a table, view, sequence … of that name */
  relation(name: string): CatalogObject | undefined {
    return this.#relations.get(name)
  }

  isPartitioned(name: string): boolean {
    return this.relation(name)?.body.partitionBy !== undefined
  }

  /** it holds rows of its own: neither partitioned nor foreign */
  isStored(name: string): boolean {
    const kind = this.relation(name)?.kind
    return kind === 'materialized view' || (kind === 'table' && !this.isPartitioned(name))
  }

  isForeign(name: string): boolean {
    return this.relation(name)?.kind === 'foreign table'
  }

  /** Has it this column by its own word? */
  says(table: string, column: string): boolean {
    const place = columnId(table, column).slice('column '.length)
    const found = this.get(columnId(table, column)) ?? this.get(`foreign column ${place}` as ObjectId)
    return found !== undefined && found.body.inherited !== true
  }

  /** its partitions and the tables that inherit from it, without theirs */
  below(name: string): string[] {
    return [...(this.#below.get(name) ?? [])]
  }

  /** itself, its partitions and the tables that inherit from it, with theirs */
  family(name: string): string[] {
    return [...new Set([name, ...[...(this.#below.get(name) ?? [])].flatMap((child) => this.family(child))])]
  }

  /** the table it is a partition of */
  parent(name: string): string | undefined {
    const attached = this.#partition(name)
    return attached && quoteNames(...(attached.body.parent as [string, string]))
  }

  defaultPartition(name: string): string | undefined {
    return [...(this.#below.get(name) ?? [])].find((child) => this.#partition(child)?.body.bound === 'DEFAULT')
  }

  /** the table of an index, or of a key by its name */
  tableOf(index: string): string | undefined {
    return this.#indexes.get(index)
  }

  /** the tables its foreign keys refer to */
  referenced(table: string): string[] {
    return [...(this.#keys.get(table) ?? [])].map((key) => this.referencedBy(key))
  }

  /** the tables whose foreign keys refer to it */
  referring(table: string): string[] {
    return [...(this.#keysTo.get(table) ?? [])].map(tableName)
  }

  referencedBy(key: CatalogObject): string {
    const own = tableName(key)
    const tables = key.needs.map((id) => this.#objects.get(id)).flatMap((o) => (o?.kind === 'column' ? [tableName(o)] : []))
    return tables.find((name) => name !== own) ?? own
  }

  /** the columns of an index */
  columnsOf(index: string): string[] {
    const o = this.#objects.get(`index ${index}` as ObjectId)
    return (o?.needs ?? []).flatMap((id) => (id.startsWith('column ') ? (this.#objects.get(id)?.name[2] ?? []) : []))
  }

  /** tables OF that composite type */
  typed(type: string): string[] {
    return [...this.#relations.values()].filter(({body}) => body.ofType === type).map(tableName)
  }

  /** the tables that a publication names */
  published(publication: string): string[] {
    const members = [...this.#objects.values()].filter(({kind, name}) => kind === 'publication table' && name[0] === publication)
    return members.map(({name}) => quoteNames(name[1]!, name[2]!))
  }

  /** tables with columns of that domain */
  holding(domain: ObjectId): string[] {
    return [...(this.#domains.get(domain) ?? [])].flatMap((name) => this.family(name))
  }

  add(o: CatalogObject): void {
    const now = this.#columns.get(o.id)
    this.remove(o.id)
    if (now) this.#columns.set(o.id, now)
    this.#objects.set(o.id, o)
    this.#note(o, put)
  }

  remove(id: ObjectId): void {
    const o = this.#objects.get(id)
    if (!o) return
    this.#note(o, take)
    this.#objects.delete(id)
  }

  /** the type of its values, where it is a domain */
  #stored(type: string): string {
    return this.#objects.get(`domain ${type}` as ObjectId)?.body.type ?? type
  }

  #partition(name: string): CatalogObject | undefined {
    return ['table', 'foreign table']
      .map((kind) => this.#objects.get(`partition ${kind} ${name}` as ObjectId))
      .find((o) => o !== undefined)
  }

  #note(o: CatalogObject, change: Change): void {
    const name = tableName(o)
    if (RELATIONS.has(o.kind)) {
      if (change === put) this.#relations.set(name, o)
      else this.#relations.delete(name)
      for (const parent of (o.body.inherits ?? []) as [string, string][]) change(this.#below, quoteNames(...parent), name)
    }
    if (o.kind === 'partition') change(this.#below, quoteNames(...(o.body.parent as [string, string])), name)
    if (o.kind === 'domain constraint') change(this.#rules, `domain ${name}`, o.id)
    if (o.kind === 'column') {
      const {type, collation, notNull} = o.body
      if (change === take) this.#columns.delete(o.id)
      else if (!this.#columns.has(o.id)) this.#columns.set(o.id, {type: this.#stored(type), collation, notNull: notNull === true})
    }
    if (o.kind === 'index' || o.kind === 'constraint') {
      for (const need of o.needs) if (need.startsWith('column ')) change(this.#upon, need, o)
    }
    if (o.kind === 'column') for (const need of o.needs) if (need.startsWith('domain ')) change(this.#domains, need, name)
    if (o.kind === 'index' || (o.kind === 'constraint' && 'pux'.includes(o.body.type))) {
      const index = quoteNames(o.name[0]!, o.name.at(-1)!)
      const table = o.kind === 'index' ? this.#objects.get(o.parent!) : o
      if (change === put && table) this.#indexes.set(index, tableName(table))
      else this.#indexes.delete(index)
    }
    if (o.kind === 'constraint' && o.body.type === 'f') {
      change(this.#keys, name, o)
      change(this.#keysTo, this.referencedBy(o), o)
    }
  }
}

/** The table that a column, constraint … is part of; a relation's own name. */
export const tableName = (o: CatalogObject): string => quoteNames(...o.name.slice(0, 2))

const columnId = (table: string, name: string): ObjectId => `column ${table}.${quoteName(name)}` as ObjectId

/** The parts of partitioned indexes and keys, by the whole's name. */
function attachments({objects}: Catalog): Map<string, ObjectId[]> {
  const found = new Map<string, ObjectId[]>()
  for (const o of objects.values()) {
    if (o.kind !== 'index attachment') continue
    const whole = quoteNames(...(o.body.parent as [string, string]))
    found.set(whole, [...(found.get(whole) ?? []), o.parent!])
  }
  return found
}

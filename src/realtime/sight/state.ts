// A database in; who watches which of its tables, by which laws, out: always those of the last look.
import {type Declared, readDeclared} from '../../events/declared.ts'
import {Link} from '../../events/link.ts'
import {Types} from '../../events/types.ts'
import type {Opening} from '../../events/watched.ts'
import type {Access, Viewer} from '../model.ts'
import type {Asked} from './alone.ts'
import {Eyes} from './eyes.ts'
import {NAMES} from './fact.ts'
import {type Law, readLaws} from './law.ts'
import {changesOf, type Domain, domainOf, type Marks, readMarks} from './mark.ts'
import {type Reads, readReads} from './reads.ts'
import type {SightOptions} from './sight.ts'
import {type Reach, Table} from './table.ts'

type Name = Pick<Law, 'schema' | 'table'>

interface Renewed {
  readonly table: Table
  readonly fresh: Table
  /** who watched when that was begun */
  readonly before: readonly Viewer[]
}

const ALL: ReadonlySet<Access['tier']> = new Set(['privileges', 'compiled', 'set', 'viewer'])

/** What counts for every table. */
const COMMON = ['roles', 'schemas', 'events', 'names']

export class State {
  readonly tables = new Map<number, Table>()
  readonly #side: Link
  readonly #asked: Asked
  readonly #withdrawn: (tables: ReadonlySet<number>) => void
  /** joins and looks, one after the other */
  #turn: Promise<unknown> = Promise.resolve()
  /** that wait or are at work */
  #turns = 0
  readonly #joining = new Set<Promise<unknown>>()
  #marks: Marks = new Map()
  #declared?: Declared
  #looked = 0

  constructor(open: Opening, {timeout = 1000, tiers = ALL}: SightOptions, withdrawn: (tables: ReadonlySet<number>) => void) {
    this.#side = new Link(open)
    this.#asked = {link: this.#side, eyes: new Eyes(open, timeout), types: new Types(), tiers}
    this.#withdrawn = withdrawn
  }

  /** milliseconds since it was known to be as it is */
  get age(): number {
    return Date.now() - this.#looked
  }

  join(name: Name, viewer: Viewer): Promise<Access | undefined> {
    const known = this.#turns === 0 ? this.#named(name) : undefined
    if (known?.law(viewer.role)) return this.#beside(known.join(viewer))
    return this.#inTurn(async () => {
      // nobody was here to look for
      if (this.tables.size === 0) this.#forget()
      const relid = await this.#find(name)
      if (relid === undefined) return undefined
      const known = this.tables.get(relid)
      if (known?.law(viewer.role)) return known.join(viewer)
      const table = known ?? (await this.#begin(relid))
      if (!table) return undefined
      const [law] = await readLaws(this.#side, [{relid, role: viewer.role}])
      if (!law) return undefined
      await this.#know([law])
      await this.#enact(table, law)
      this.tables.set(relid, table)
      return table.join(viewer)
    })
  }

  leave(relid: number, viewer: Viewer): void {
    const table = this.tables.get(relid)
    table?.leave(viewer)
    if (table?.isEmpty) this.tables.delete(relid)
  }

  look(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.tables.size === 0) return
      const began = Date.now()
      const marks = await this.#mark(domainOf(new Map(), [...this.tables.values()]))
      if (!marks) return
      const changed = changesOf(this.#marks, marks)
      if (changed.size > 0) await this.#renew(changed, marks)
      this.#looked = began
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#side.close(), this.#asked.eyes.close()])
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#turns++
    const done = this.#turn
      .then(() => Promise.allSettled(this.#joining))
      .then(work)
      .finally(() => this.#turns--)
    this.#turn = done.catch(() => {})
    return done
  }

  /** Of a table whose law is known: no other turn begins before it is done. */
  #beside<T>(joined: Promise<T>): Promise<T> {
    this.#joining.add(joined)
    return joined.finally(() => this.#joining.delete(joined))
  }

  #named({schema, table}: Name): Table | undefined {
    for (const known of this.tables.values()) if (known.name.schema === schema && known.name.table === table) return known
    return undefined
  }

  #forget(): void {
    this.#marks = new Map()
    this.#declared = undefined
    this.#asked.eyes.forget()
  }

  async #mark(domain: Domain): Promise<Marks | undefined> {
    const {server} = await this.#side.db()
    const marks = await readMarks(this.#side, domain, server.major, NAMES)
    return marks.size > 0 ? marks : undefined
  }

  async #begin(relid: number): Promise<Table | undefined> {
    const found = await this.#reach([relid], [])
    if (!found) return undefined
    const {schema, table} = this.#declared!.tables.get(relid)!
    if (this.#marks.size === 0) this.#looked = Date.now()
    this.#marks = new Map([...found.marks, ...this.#marks])
    return new Table(this.#asked, {relid, schema, table}, this.#reachOf(found.reads.get(relid)!))
  }

  /** What a function calls is known when its body was read: that it is no other one by then is looked at. */
  async #enact(table: Table, law: Law): Promise<void> {
    for (;;) {
      await table.enact(law)
      const marks = await this.#mark(domainOf(new Map(), [table]))
      const isNew = [...(marks?.keys() ?? [])].some((what) => !this.#marks.has(what))
      this.#marks = new Map([...(marks ?? []), ...this.#marks])
      if (!isNew) break
    }
    table.stamp(this.#marks)
  }

  /** What tables reach, and marks of that: it is marked before it is read, so that what changes in between is found at the next look. */
  async #reach(
    relids: readonly number[],
    others: readonly Table[],
  ): Promise<{reads: ReadonlyMap<number, Reads>; marks: Marks} | undefined> {
    let reads = await readReads(this.#side, relids)
    for (;;) {
      const domain = domainOf(reads, others)
      const marks = await this.#mark(domain)
      if (!marks) return undefined
      reads = await readReads(this.#side, relids)
      if (JSON.stringify(domainOf(reads, others)) === JSON.stringify(domain)) return {reads, marks}
    }
  }

  async #renew(changed: ReadonlySet<string>, marks: Marks): Promise<void> {
    this.#asked.eyes.forget()
    if (changed.has('events')) this.#declared = await readDeclared(this.#side)
    const isCommon = COMMON.some((what) => changed.has(what))
    const all = [...this.tables.values()]
    const touched = all.filter((table) => isCommon || this.#isTouched(table, changed))
    const found = await this.#reach(
      touched.map(({relid}) => relid),
      all.filter((table) => !touched.includes(table)),
    )
    if (!found) return
    const pairs = touched.flatMap(({relid, roles}) => [...roles].map((role) => ({relid, role})))
    const laws = (await readLaws(this.#side, pairs)).filter(({relid}) => this.#declared!.tables.has(relid))
    await this.#know(laws)
    const renewed: Renewed[] = []
    for (const table of touched) {
      const own = laws.filter(({relid}) => relid === table.relid)
      if (!changed.has('names') && !this.#isTouched(table, changed) && table.isBoundBy(own)) continue
      const before = table.viewers
      renewed.push({table, fresh: await table.renew(own, this.#reachOf(found.reads.get(table.relid)!)), before})
    }
    // a judgement that was made is in its caller's hands by then
    await new Promise((resolve) => setImmediate(resolve))
    const fresh = new Set(renewed.map(({table}) => table))
    const stay = [...this.tables.values()].filter((table) => !fresh.has(table))
    const now = await this.#mark(domainOf(new Map(), [...stay, ...renewed.map(({fresh}) => fresh)]))
    this.#marks = new Map([...(now ?? []), ...found.marks, ...marks])
    for (const {fresh} of renewed) fresh.stamp(this.#marks)
    this.#settle(renewed)
  }

  #settle(renewed: readonly Renewed[]): void {
    const tables = new Set<number>()
    for (const {table, fresh, before} of renewed) {
      if (this.tables.get(table.relid) !== table) continue
      fresh.settle(before)
      this.tables.set(table.relid, fresh)
      tables.add(table.relid)
    }
    if (tables.size > 0) this.#withdrawn(tables)
  }

  #isTouched(table: Table, changed: ReadonlySet<string>): boolean {
    return (
      [table.relid, ...table.reach.reads.relations].some((oid) => changed.has(`table ${oid}`)) ||
      [...table.functions].some((oid) =>
        [`function ${oid}`, ...table.bound.map((role) => `power ${oid} ${role}`)].some((what) => changed.has(what)),
      ) ||
      (changed.has('labels') && table.hasLabels) ||
      (changed.has('bodies') && table.isOpaque)
    )
  }

  #reachOf(reads: Reads): Reach {
    return {reads, declared: this.#declared!}
  }

  #know(laws: readonly Law[]): Promise<void> {
    return this.#asked.types.know(this.#side, new Set(laws.flatMap(({columns}) => columns.map(({type}) => type))))
  }

  async #find({schema, table}: Name): Promise<number | undefined> {
    const known = this.#named({schema, table})
    if (known) return known.relid
    this.#declared = await readDeclared(this.#side)
    for (const [oid, declared] of this.#declared.tables) if (declared.schema === schema && declared.table === table) return oid
    return undefined
  }
}

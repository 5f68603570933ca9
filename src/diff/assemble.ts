// The rows of all kinds in, as they arrive, and what pg_depend says; the objects out.
import type {Addresses} from './addresses.ts'
import {hashOf} from './alike.ts'
import {idAbout, idOf} from './id.ts'
import {mentions} from './mentions.ts'
import type {CatalogObject, Kind, ObjectId} from './model.ts'

export interface RawRow {
  address: string
  name: string[] | null
  signature?: string | null
  parent?: string | null
  position?: number
  body: any
  needs?: string[]
  soft?: string[]
  claims?: string[]
  beside?: any
  /** of the cluster's roles it is about: it is read only if all of them are asked for */
  roles?: string[]
  /** this object is a fact about the one at that address; its id is named after it */
  about?: string | null
  detail?: string | null
  /** function bodies: text in which names of other objects may stand */
  text?: string
}

interface Named {
  readonly kind: Kind
  readonly row: RawRow
  readonly id: ObjectId
  readonly hash: string
}

interface Fact {
  readonly kind: Kind
  readonly row: RawRow
  readonly hash: string
}

export class Assembly {
  readonly #addresses: Addresses
  readonly #roles: ReadonlySet<string>
  readonly #named: Named[] = []
  readonly #facts: Fact[] = []

  constructor(addresses: Addresses, roles: ReadonlySet<string>) {
    this.#addresses = addresses
    this.#roles = roles
  }

  /** All of one kind: what can be done while the server is still busy with the next. */
  take(kind: Kind, rows: readonly RawRow[]): void {
    for (const row of rows) {
      if (row.roles && !row.roles.every((role) => this.#roles.has(role))) continue
      const places = row.about == null ? [row.address, row.parent] : [row.about]
      if (places.some((address) => address && this.#addresses.isMember(address))) continue
      const hash = hashOf(kind.name, row.body)
      if (row.about == null) {
        const id = idOf(kind.name, row.name!, row.signature ?? '')
        this.#addresses.set(row.address, id)
        this.#named.push({kind, row, id, hash})
      } else this.#facts.push({kind, row, hash})
    }
  }

  /** @param isPartial some kinds could not be looked at */
  objects(isPartial: boolean): Map<ObjectId, CatalogObject> {
    const addresses = this.#addresses
    const subjects = new Set(this.#named.map(({id}) => id))
    const facts: {fact: Fact; id: ObjectId; subject: ObjectId}[] = []
    for (const fact of this.#facts) {
      const {about, address, detail, body} = fact.row
      // a column that could not be looked at: its facts are not its table's
      if (isPartial && !about!.endsWith('/0') && !addresses.has(about!) && body?.column === undefined) continue
      const subject = addresses.resolve(about!)
      if (!subject || !subjects.has(subject)) continue
      const id = idAbout(fact.kind.name, subject, detail ?? '')
      if (address && !addresses.has(address)) addresses.set(address, id)
      facts.push({fact, id, subject})
    }
    const objects = new Map<ObjectId, CatalogObject>()
    for (const one of this.#named) {
      const {row, id} = one
      const parent = row.parent ? addresses.resolve(row.parent) : undefined
      objects.set(id, this.#object(one, id, row.name!, parent, addresses.needsOf(row.address, id)))
    }
    for (const {fact, id, subject} of facts) {
      objects.set(id, this.#object(fact, id, objects.get(subject)!.name, subject, new Set()))
    }
    for (const [id, softNeeds] of mentions(this.#named, objects)) objects.set(id, {...objects.get(id)!, softNeeds})
    return objects
  }

  #object({kind, row, hash}: Fact, id: ObjectId, name: readonly string[], parent: ObjectId | undefined, needs: Set<ObjectId>) {
    if (parent) needs.add(parent)
    for (const extra of row.needs ?? []) {
      const need = extra && this.#addresses.resolve(extra)
      if (need && need !== id) needs.add(need)
    }
    const object: {-readonly [K in keyof CatalogObject]: CatalogObject[K]} = {
      id,
      kind: kind.name,
      name,
      position: row.position ?? 0,
      body: row.body,
      needs: needs.size > 1 ? [...needs].sort() : [...needs],
      softNeeds: row.soft
        ? row.soft.flatMap((extra) => this.#addresses.resolve(extra) ?? []).filter((need) => need !== id)
        : NONE,
      claims: row.claims ?? NONE,
      hash,
    }
    if (row.signature) object.signature = row.signature
    if (parent) object.parent = parent
    if (row.beside) object.beside = row.beside
    return object as CatalogObject
  }
}

const NONE: readonly never[] = Object.freeze([])

// What pg_depend says in, which object each address stands for and what it needs out. Lives only while a catalog is read.
import type {ObjectId} from './model.ts'

/**
 * All dependencies but: those on pinned objects (not stored), and among others that came with the server; a sequence's on the column that owns it (a fact of its own);
 * a partition's on its parent and a partition's index or key on the parent's (attachments are facts of their own); a foreign key's triggers'.
 * Catalogs by number, and the names of these: tens of thousands of names are joined here in less time than there.
 */
const dependencies = (order = '') => `
  select string_agg(concat_ws(' ', d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype), ',' ${order}) as edges,
    (select json_object_agg(oid, relname) from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r')::text as catalogs
  from pg_depend d
  left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
  where d.deptype in ('n', 'a', 'i', 'e') and (d.objid >= 16384 or d.refobjid >= 16384 or d.deptype = 'e')
    and (d.deptype = 'a' and c.relkind = 'S') is not true
    and (d.deptype = 'a' and c.relispartition and c.relkind in ('r', 'p', 'f') and d.objsubid = 0 and d.refclassid = 'pg_class'::regclass and d.refobjsubid = 0) is not true
    and not (d.classid = 'pg_constraint'::regclass and d.refclassid = 'pg_constraint'::regclass and d.deptype in ('a', 'i'))
    and not (d.classid = 'pg_trigger'::regclass and d.refclassid = 'pg_constraint'::regclass)`

export const DEPENDENCIES = dependencies()

/** Of what stands in one catalog, in an order that is always the same. */
export const dependenciesOf = (catalog: string): string =>
  `${dependencies('order by d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype')} and d.classid = '${catalog}'::regclass`

/** What stands at an address: an object, or an internal part of one. */
interface Place {
  readonly address: string
  id?: ObjectId
  /** the extension it is a member of */
  extension?: Place
  /** what it is an internal part of */
  owner?: Place
  parts?: Place[]
  references?: Place[]
}

/** No part is farther from its whole. */
const DEPTH = 9

export class Addresses {
  readonly #places = new Map<string, Place>()
  #hasMembers = false

  constructor({edges, catalogs}: {edges: string | null; catalogs: string}) {
    const names: Record<string, string> = JSON.parse(catalogs)
    for (const edge of edges ? edges.split(',') : []) {
      const [catalog, oid, column, toCatalog, toOid, toColumn, type] = edge.split(' ') as string[]
      const from = this.#at(`${names[catalog!]}/${oid}/${column}`)
      const to = this.#at(`${names[toCatalog!]}/${toOid}/${toColumn}`)
      if (type === 'e') {
        from.extension = to
        this.#hasMembers = true
        continue
      }
      if (type === 'i' && !from.owner) {
        from.owner = to
        if (to.parts) to.parts.push(from)
        else to.parts = [from]
      }
      if (from.references) from.references.push(to)
      else from.references = [to]
    }
  }

  set(address: string, id: ObjectId): void {
    this.#at(address).id = id
  }

  has(address: string): boolean {
    return this.#places.get(address)?.id !== undefined
  }

  /** It, or what it is a part of, is a member of an extension. */
  isMember(address: string): boolean {
    if (!this.#hasMembers) return false
    let at = this.#places.get(address)
    if (!at) return this.#wholeOf(address)?.extension !== undefined
    for (let n = 0; at && n < DEPTH; at = at.owner, n++) {
      if (at.extension || this.#wholeOf(at.address)?.extension) return true
    }
    return false
  }

  /** The object an address stands for: its own, the one it is an internal part of, its whole, or its extension. */
  resolve(address: string): ObjectId | undefined {
    const at = this.#places.get(address) ?? this.#wholeOf(address)
    return at && this.#resolve(at)
  }

  #resolve(place: Place): ObjectId | undefined {
    for (let at: Place | undefined = place, n = 0; at && n < DEPTH; at = at.owner ?? this.#wholeOf(at.address), n++) {
      if (at.id) return at.id
      if (at.extension) return at.extension.id
    }
    return undefined
  }

  /** What stands under an object's internal parts is needed by the object itself (a view's rule, a table's row type). */
  needsOf(address: string, self: ObjectId): Set<ObjectId> {
    const found = new Set<ObjectId>()
    const top = this.#places.get(address)
    if (!top) return found
    let seen: Set<Place> | undefined
    const walk = (at: Place) => {
      for (const to of at.references ?? []) {
        const id = this.#resolve(to)
        if (id && id !== self) found.add(id)
      }
      for (const part of at.parts ?? []) {
        if (part === top || part.id || seen?.has(part)) continue
        seen = (seen ?? new Set()).add(part)
        walk(part)
      }
    }
    walk(top)
    return found
  }

  #at(address: string): Place {
    let place = this.#places.get(address)
    if (!place) {
      place = {address}
      this.#places.set(address, place)
    }
    return place
  }

  /** Of a column, its table. */
  #wholeOf(address: string): Place | undefined {
    return address.endsWith('/0') ? undefined : this.#places.get(whole(address))
  }
}

const whole = (address: string): string => `${address.slice(0, address.lastIndexOf('/'))}/0`

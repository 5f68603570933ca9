// A type as PostgreSQL prints it in, what its values are in the JSON that PostgREST gives out: as to_json makes it.
import {nameOf} from '../diff/id.ts'
import type {Composite} from '../diff/kinds/composite.ts'
import type {Domain} from '../diff/kinds/domain.ts'
import type {Enum} from '../diff/kinds/enum.ts'
import {multirangeOf} from '../diff/kinds/values.ts'
import type {Catalog, CatalogObject} from '../diff/model.ts'
import {labelsCode, objectCode, reference} from './code.ts'
import type {Field} from './model.ts'

const list = (code: string, names: string): [string, string][] => names.split(', ').map((name) => [name, code])

/** Numbers are what to_json writes without quotes; what it does not know as such it writes as text. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ...list('number', 'smallint, integer, bigint, real, double precision, numeric'),
  ...list('boolean', 'boolean'),
  ...list('Json', 'json, jsonb'),
  ...list('null', 'void'),
  ...list('Record<string, unknown>', 'record'),
  ...list('number[]', 'int2vector'),
  ...list('string[]', 'oidvector'),
  ...list('string', 'text, character varying, character, bpchar, name, "char", uuid, bytea, xml, money, bit, bit varying'),
  ...list('string', 'date, time without time zone, time with time zone, interval'),
  ...list('string', 'timestamp without time zone, timestamp with time zone'),
  ...list('string', 'inet, cidr, macaddr, macaddr8, tsvector, tsquery, jsonpath, point, line, lseg, box, path, polygon, circle'),
  ...list('string', 'int4range, int8range, numrange, tsrange, tstzrange, daterange'),
  ...list('string', 'int4multirange, int8multirange, nummultirange, tsmultirange, tstzmultirange, datemultirange'),
  ...list('string', 'oid, regclass, regcollation, regconfig, regdictionary, regnamespace, regoper, regoperator, regproc'),
  ...list('string', 'regprocedure, regrole, regtype, xid, xid8, cid, tid, pg_lsn, pg_snapshot, txid_snapshot, refcursor'),
  ...list('string', 'information_schema.character_data, information_schema.sql_identifier, information_schema.time_stamp'),
  ...list('string', 'information_schema.yes_or_no, cstring'),
  ...list('number', 'information_schema.cardinal_number'),
])

/** Of extensions, by their own names: the schema is the project's choice. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ...list('string', 'citext, ltree, lquery, ltxtquery, cube, seg, vector, halfvec, sparsevec, semver, ean13, isbn, isbn13, issn'),
  ...list('Record<string, string | null>', 'hstore'),
])

export class Types {
  readonly #named = new Map<string, CatalogObject>()
  readonly #casts = new Set<string>()
  readonly #rows: (o: CatalogObject) => readonly Field[]
  readonly #place: (o: CatalogObject) => readonly string[] | undefined

  /**
   * @param rows what a relation's rows are
   * @param place where the text has an object of its own; what has no place is written out
   */
  constructor(
    catalog: Catalog,
    rows: (o: CatalogObject) => readonly Field[],
    place: (o: CatalogObject) => readonly string[] | undefined,
  ) {
    this.#rows = rows
    this.#place = place
    for (const o of catalog.objects.values()) {
      if (TYPES.has(o.kind)) this.#named.set(nameOf(o), o)
      if (o.kind === 'range type') this.#named.set(multirangeOf(o), o)
      if (o.kind === 'cast') this.#casts.add(o.id)
    }
  }

  /** Without null. */
  code(type: string): string {
    const {base, isArray} = plain(type)
    const inner = this.#element(base)
    return isArray ? `${inner}[]` : inner
  }

  /** A domain that takes no null, or is one of such a domain. */
  isNotNull(type: string): boolean {
    const o = this.#domain(type)
    return o !== undefined && (o.body.notNull === true || this.isNotNull(o.body.type))
  }

  /** A domain that puts something in where nothing is said. */
  hasDefault(type: string): boolean {
    const o = this.#domain(type)
    if (!o) return false
    return o.body.default === undefined ? this.hasDefault(o.body.type) : o.body.default !== 'NULL'
  }

  /** The object that has that very name, and is no array of it. */
  object(type: string): CatalogObject | undefined {
    return this.#named.get(type)
  }

  /** The base type behind domains, as PostgreSQL prints it. */
  base(type: string): string {
    const o = this.#domain(type)
    return o ? this.base(o.body.type) : type
  }

  /** What a function gives back that gives such rows. */
  row(o: CatalogObject): string {
    if (o.kind === 'composite type') return this.code(nameOf(o))
    const place = this.#place(o)
    return place ? reference(...place) : objectCode(this.#rows(o))
  }

  attributes(o: CatalogObject<Composite>): Field[] {
    return o.body.attributes.map(({name, type}) => ({name, code: this.code(type), nullable: true}))
  }

  #domain(type: string): CatalogObject<Domain> | undefined {
    const o = this.#named.get(plain(type).base)
    return o?.kind === 'domain' && !plain(type).isArray ? o : undefined
  }

  #element(type: string): string {
    const o = this.#named.get(type)
    if (!o) return BUILT_IN.get(type) ?? (type.startsWith('interval ') ? 'string' : foreignCode(type))
    if (o.kind === 'domain') return this.code((o.body as Domain).type)
    // to_json asks a cast, which may make anything of it
    if (!ROWS.has(o.kind) && this.#casts.has(`cast (${type} AS json)`)) return 'unknown'
    const place = this.#place(o)
    if (place) return RELATIONS.has(o.kind) ? `Loose<${reference(...place)}>` : reference(...place)
    if (o.kind === 'enum') return inline((o.body as Enum).labels)
    if (o.kind === 'composite type') return objectCode(this.attributes(o))
    return RELATIONS.has(o.kind) ? objectCode(this.#rows(o).map((field) => ({...field, nullable: true}))) : 'string'
  }
}

export const RELATIONS: ReadonlySet<string> = new Set(['table', 'foreign table', 'view', 'materialized view'])
const ROWS = new Set([...RELATIONS, 'composite type'])
const TYPES = new Set([...RELATIONS, 'enum', 'domain', 'composite type', 'range type', 'base type'])

const inline = (labels: readonly string[]): string => (labels.length > 1 ? `(${labelsCode(labels)})` : labelsCode(labels))

/** An extension's: what is not known is not guessed. */
function foreignCode(type: string): string {
  const dot = type.lastIndexOf('.')
  return (dot > 0 && EXTENSIONS.get(type.slice(dot + 1))) || 'unknown'
}

/** `numeric(10,2)[]` → `numeric`, an array; parentheses in quotes are part of a name. */
export function plain(type: string): {base: string; isArray: boolean} {
  const isArray = type.endsWith('[]')
  const one = isArray ? type.slice(0, -2) : type
  let quoted = false
  for (let at = 0; at < one.length; at++) {
    if (one[at] === '"') quoted = !quoted
    if (one[at] === '(' && !quoted) return {base: one.slice(0, at) + one.slice(one.indexOf(')', at) + 1), isArray}
  }
  return {base: one, isArray}
}

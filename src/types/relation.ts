// A catalog in; of each of its relations what its rows are, and what may be written into it, out.
import {idAbout, idOf} from '../diff/id.ts'
import type {ColumnBody} from '../diff/kinds/column.ts'
import type {ForeignColumn} from '../diff/kinds/foreign-column.ts'
import type {ViewBody, ViewColumn} from '../diff/kinds/view.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {relations as relationsIn} from '../diff/relations.ts'
import type {Field, Relation} from './model.ts'
import type {Types} from './type.ts'
import {keyOf, type Origins} from './view.ts'

/** Bits of pg_relation_is_updatable. */
const [UPDATE, INSERT] = [4, 8]

/** What is known of a column, before it is one of a row or of what is written. */
interface Column {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  /** null may be written */
  readonly takesNull: boolean
  readonly optional: boolean
  /** PostgreSQL alone writes it */
  readonly closed: boolean
}

export class Relations {
  readonly #catalog: Catalog
  readonly #origins: Origins
  readonly #columns = new Map<ObjectId, readonly Column[]>()
  readonly #byKey = new Map<string, CatalogObject>()
  #types!: Types

  constructor(catalog: Catalog, origins: Origins) {
    this.#catalog = catalog
    this.#origins = origins
    for (const o of catalog.objects.values()) if (KINDS.has(o.kind)) this.#byKey.set(keyOf(o.name), o)
  }

  /** Types speak of relations, and relations of types. */
  with(types: Types): this {
    this.#types = types
    return this
  }

  named(key: string): CatalogObject | undefined {
    return this.#byKey.get(key)
  }

  row(o: CatalogObject): readonly Field[] {
    return this.#sorted(o).map(({name, type, nullable}) => ({name, code: this.#types.code(type), nullable}))
  }

  of(o: CatalogObject): Relation {
    const columns = this.#sorted(o)
    const able = o.kind === 'view' ? ((o.beside?.updatable as number) ?? 0) : o.kind === 'materialized view' ? 0 : UPDATE | INSERT
    return {
      o,
      row: this.row(o),
      ...(able & INSERT && {insert: columns.map((column) => this.#written(column, column.optional))}),
      ...(able & UPDATE && {update: columns.map((column) => this.#written(column, true))}),
    }
  }

  isPartition(o: CatalogObject): boolean {
    return this.#catalog.objects.has(idAbout('partition', o.id))
  }

  #written({name, type, takesNull, closed}: Column, optional: boolean): Field {
    if (closed) return {name, code: 'never', nullable: false, optional: true}
    return {name, code: this.#types.code(type), nullable: takesNull, ...(optional && {optional})}
  }

  /** In the order of their names: a table that was altered has its columns in another than one made anew. */
  #sorted(o: CatalogObject): readonly Column[] {
    return [...this.#of(o)].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #of(o: CatalogObject): readonly Column[] {
    const known = this.#columns.get(o.id)
    if (known) return known
    const isView = o.kind === 'view' || o.kind === 'materialized view'
    const columns = isView ? this.#viewed(o) : this.#stored(o)
    this.#columns.set(o.id, columns)
    return columns
  }

  #stored(o: CatalogObject): Column[] {
    const children = relationsIn(this.#catalog).children(o.id)
    return children.filter(({kind}) => kind === 'column' || kind === 'foreign column').map((c) => this.#column(c))
  }

  #column({kind, name, body}: CatalogObject<ColumnBody | ForeignColumn>): Column {
    const {type, notNull} = body
    const {identity, generated, notNullNotValid, notNullNoInherit} = body as ColumnBody
    const tight = this.#types.isNotNull(type)
    const given =
      kind === 'foreign column'
        ? (body as ForeignColumn).default
        : this.#catalog.objects.get(idOf('default', name))?.body.expression
    // of rows that were there before NOT NULL nobody has looked at all; those of a table below may lack it
    const trusted = notNull && !notNullNotValid && !notNullNoInherit
    const takesNull = !notNull && !tight
    return {
      name: name[2]!,
      type,
      nullable: !trusted && !tight,
      takesNull,
      optional: takesNull || given !== undefined || identity !== undefined || this.#types.hasDefault(type),
      closed: generated !== undefined || identity?.when === 'ALWAYS',
    }
  }

  #viewed(o: CatalogObject<ViewBody>): Column[] {
    const origins = this.#origins.get(o.id)
    const children = relationsIn(this.#catalog).children(o.id)
    const isRedirected = o.beside?.instead === true || children.some(({kind}) => kind === 'rule')
    return o.body.columns.map(({name, type}: ViewColumn) => {
      const origin = origins?.get(name)
      const relation = origin && this.#byKey.get(origin.relation)
      const under = relation && this.#of(relation).find((column) => column.name === origin.column)
      const nullable = !under || under.nullable || origin!.outer
      if (isRedirected) return {name, type, nullable, takesNull: true, optional: true, closed: false}
      const {takesNull = true, optional = true, closed = true} = under ?? {}
      return {name, type, nullable, takesNull, optional: optional || o.body.defaults?.[name] !== undefined, closed}
    })
  }
}

const KINDS = new Set(['table', 'foreign table', 'view', 'materialized view'])

// A catalog in; the TypeScript types of what its schemas hold, as postgrest-js and supabase-js take them, out.
import type {Composite} from '../diff/kinds/composite.ts'
import type {Enum} from '../diff/kinds/enum.ts'
import type {Catalog, CatalogObject} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import {nearest} from '../project/nearest.ts'
import {functionsOf} from './function.ts'
import {relationshipsOf} from './key.ts'
import type {Relationship, Schema, Shown} from './model.ts'
import {Relations} from './relation.ts'
import {textOf} from './text.ts'
import {RELATIONS, Types} from './type.ts'
import {keyOf, originsOf} from './view.ts'

export interface TypesOptions {
  /** those to be written; undefined: all that hold something */
  readonly schemas?: readonly string[]
  /** never written unless they are asked for */
  readonly external: readonly string[]
  /** for a file of declarations, which holds no values */
  readonly declares: boolean
}

export async function typesOf(catalog: Catalog, options: TypesOptions): Promise<string> {
  return textOf(await shapeOf(catalog, options), options.declares)
}

export async function shapeOf(catalog: Catalog, options: Omit<TypesOptions, 'declares'>): Promise<readonly Schema[]> {
  const names = schemasOf(catalog, options)
  const origins = await originsOf(catalog)
  const relations = new Relations(catalog, origins)
  const isShown = (o: CatalogObject) => names.includes(o.name[0]!) && !relations.isPartition(o)
  const types = new Types(
    catalog,
    (o) => relations.row(o),
    (o) => (isShown(o) ? placeOf(o) : undefined),
  )
  relations.with(types)
  const relationships = await relationshipsOf(catalog, origins, (key) => {
    const o = relations.named(key)
    return o !== undefined && isShown(o)
  })
  return names.map((name) => schemaOf(name, {catalog, relations, types, relationships, isShown}))
}

const SECTIONS: Readonly<Record<string, string>> = {
  table: 'Tables',
  'foreign table': 'Tables',
  view: 'Views',
  'materialized view': 'Views',
  enum: 'Enums',
  'composite type': 'CompositeTypes',
}

function placeOf({kind, name}: CatalogObject): readonly string[] | undefined {
  const section = SECTIONS[kind]
  if (!section) return undefined
  return [name[0]!, section, name[1]!, ...(RELATIONS.has(kind) ? ['Row'] : [])]
}

function schemasOf(catalog: Catalog, {schemas, external}: Omit<TypesOptions, 'declares'>): readonly string[] {
  const there = new Set<string>()
  const filled = new Set<string>()
  for (const {kind, name} of catalog.objects.values()) {
    if (kind === 'schema') there.add(name[0]!)
    if (SECTIONS[kind] || kind === 'function') filled.add(name[0]!)
  }
  for (const name of schemas ?? []) {
    if (there.has(name) || filled.has(name)) continue
    const near = nearest(name, [...there])
    throw new PgextError('usage', `there is no schema ${name}`, {
      hint: near ? `did you mean ${near}?` : `there are: ${[...there].sort().join(', ')}`,
    })
  }
  if (schemas) return [...new Set(schemas)].sort()
  const shown = [...filled].filter((name) => !external.includes(name)).sort()
  return shown.length > 0 ? shown : ['public']
}

interface Around {
  readonly catalog: Catalog
  readonly relations: Relations
  readonly types: Types
  readonly relationships: ReadonlyMap<string, readonly Relationship[]>
  readonly isShown: (o: CatalogObject) => boolean
}

function schemaOf(name: string, {catalog, relations, types, relationships, isShown}: Around): Schema {
  const own = [...catalog.objects.values()]
    .filter((o) => o.name[0] === name && o.name.length === 2)
    .sort((a, b) => (a.name[1]! < b.name[1]! ? -1 : 1))
  const shown = (section: string): Shown[] =>
    own
      .filter((o) => SECTIONS[o.kind] === section && isShown(o))
      .map((o) => ({...relations.of(o), name: o.name[1]!, relationships: relationships.get(keyOf(o.name)) ?? []}))
  return {
    name,
    tables: shown('Tables'),
    views: shown('Views'),
    ...functionsOf(own, types, isShown),
    enums: own.filter((o): o is CatalogObject<Enum> => o.kind === 'enum').map((o) => ({name: o.name[1]!, labels: o.body.labels})),
    composites: own
      .filter((o): o is CatalogObject<Composite> => o.kind === 'composite type')
      .map((o) => ({name: o.name[1]!, fields: types.attributes(o)})),
  }
}

// A migration's statements in; the renames that lead back, and the columns whose values no cast brings back, out.
import type {Rename} from '../diff/renames.ts'
import {rangeName, strings, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'
import {castIn} from './held.ts'
import {FIRST, type Path, pathSetBy} from './searched.ts'

/** ALTER TABLE takes others than tables, too: what there is none of is passed over. */
const RELATIONS = ['table', 'view', 'materialized view', 'sequence', 'foreign table']
const TYPES = ['enum', 'composite type', 'range type']
const COLUMNS = ['column', 'foreign column', 'view column']

const RENAMED: Readonly<Record<string, readonly string[]>> = {
  OBJECT_TABLE: RELATIONS,
  OBJECT_VIEW: ['view'],
  OBJECT_MATVIEW: ['materialized view'],
  OBJECT_SEQUENCE: ['sequence'],
  OBJECT_FOREIGN_TABLE: ['foreign table'],
}

/** What stands in a schema and is no relation. */
const IN_SCHEMA: Readonly<Record<string, readonly string[]>> = {
  OBJECT_TYPE: TYPES,
  OBJECT_DOMAIN: ['domain'],
  OBJECT_COLLATION: ['collation'],
  OBJECT_CONVERSION: ['conversion'],
  OBJECT_TSDICTIONARY: ['text search dictionary'],
  OBJECT_TSCONFIGURATION: ['text search configuration'],
  OBJECT_TSPARSER: ['text search parser'],
  OBJECT_TSTEMPLATE: ['text search template'],
}

/** What stands in none. */
const ON_TOP: Readonly<Record<string, readonly string[]>> = {
  OBJECT_PUBLICATION: ['publication'],
  OBJECT_FOREIGN_SERVER: ['foreign server'],
  OBJECT_FDW: ['foreign data wrapper'],
  OBJECT_LANGUAGE: ['language'],
  OBJECT_EVENT_TRIGGER: ['event trigger'],
}

type Name = readonly string[]

interface Thing {
  readonly kinds: readonly string[]
  /** before the migration */
  readonly old: Name
  now: Name
  /** of parts: their names are said as in a file, inside what they will be part of */
  where?: Rename['where']
}

/** Whatever the statements do in between (a swap by way of a third name, one name after the other): from the last names to the first. */
export function renamesBack(statements: readonly Statement[]): Rename[] {
  const things: Thing[] = []
  const schemas = new Map<string, string>()
  let path: Path = FIRST
  const full = (name: Name): Name => {
    const [schema, rest] = name.length === 1 ? [path.schema ?? 'public', name] : [name[0]!, name.slice(1)]
    return [schemas.get(schema) ?? schema, ...rest]
  }
  /** the thing that is called so by now */
  const thing = (kinds: readonly string[], now: Name): Thing => {
    const known = things.find((one) => isSame(one.now, now) && one.kinds.some((kind) => kinds.includes(kind)))
    if (known) return known
    const fresh = {kinds, old: now, now}
    things.push(fresh)
    return fresh
  }
  /** a column of a relation, an enum's value: what it is part of goes by its first name */
  const part = (kinds: readonly string[], whole: Thing, now: string, {file, line, column}: Statement): Thing => {
    const one = thing(kinds, [...whole.old, now])
    one.where ??= {file, line, column}
    return one
  }
  const renamed = (one: Thing, last: string) => {
    one.now = [...one.now.slice(0, -1), last]
  }
  for (const statement of statements) {
    const {kind, node} = statement
    path = pathSetBy(statement) ?? path
    if (kind === 'AlterEnumStmt' && node.oldVal)
      renamed(part(['enum value'], thing(TYPES, full(strings(node.typeName))), node.oldVal, statement), node.newVal)
    if (kind === 'AlterObjectSchemaStmt') {
      const kinds = IN_SCHEMA[node.objectType]
      const one = node.relation
        ? thing(RELATIONS, full(rangeName(node.relation)))
        : kinds && thing(kinds, full(strings(node.object.List.items)))
      if (one) one.now = [node.newschema, one.now[1]!]
    }
    if (kind !== 'RenameStmt') continue
    if (node.renameType === 'OBJECT_SCHEMA') {
      renamed(thing(['schema'], [node.subname]), node.newname)
      schemas.set(node.newname, schemas.get(node.subname) ?? node.subname)
    } else if (node.renameType === 'OBJECT_COLUMN' && node.relation) {
      renamed(part(COLUMNS, thing(RELATIONS, full(rangeName(node.relation))), node.subname, statement), node.newname)
    } else if (node.renameType === 'OBJECT_ATTRIBUTE') {
      renamed(part(['attribute'], thing(TYPES, full(rangeName(node.relation))), node.subname, statement), node.newname)
    } else if (node.renameType === 'OBJECT_ROLE') {
      renamed(thing(['role'], [node.subname]), node.newname)
    } else if (ON_TOP[node.renameType]) {
      renamed(thing(ON_TOP[node.renameType]!, [node.object.String.sval]), node.newname)
    } else if (IN_SCHEMA[node.renameType]) {
      renamed(thing(IN_SCHEMA[node.renameType]!, full(strings(node.object.List.items))), node.newname)
    } else if (RENAMED[node.renameType] && node.relation) {
      renamed(thing(RENAMED[node.renameType]!, full(rangeName(node.relation))), node.newname)
    }
  }
  return things
    .filter(({old, now}) => !isSame(old, now))
    .flatMap(({kinds, old, now, where}) => {
      const isMoved = !isSame(old.slice(0, -1), now.slice(0, -1))
      return kinds.map((kind) => ({kind, name: old, from: isMoved ? now : now.slice(-1), ...(where && {where})}))
    })
}

const isSame = (a: Name, b: Name): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Columns whose new values somebody made up in USING: the way back has no such words. */
export function convertedIn(statements: readonly Statement[]): string[] {
  return statements.flatMap(({kind, node}) => {
    if (kind !== 'AlterTableStmt') return []
    return (node.cmds as {AlterTableCmd: Tree}[]).flatMap(({AlterTableCmd: {subtype, name, def}}) => {
      const using: Tree | undefined = subtype === 'AT_AlterColumnType' ? def.ColumnDef.raw_default : undefined
      return using && castIn(using) === undefined ? [quoteNames(...rangeName(node.relation), name)] : []
    })
  })
}

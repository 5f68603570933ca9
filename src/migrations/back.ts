// A migration's statements in, the renames that lead back out: without them a table under its old name would be another one.
import type {Rename} from '../diff/renames.ts'
import {rangeName, strings, type Tree} from '../postgres/parse.ts'
import type {Statement} from '../postgres/statements.ts'

const RELATIONS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized view',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_FOREIGN_TABLE: 'foreign table',
}

/** The tree does not say which of them it is; what there is none of is passed over. */
const TYPES = ['enum', 'composite type', 'range type']

const COLUMNS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'column',
  OBJECT_FOREIGN_TABLE: 'foreign column',
  OBJECT_VIEW: 'view column',
}

/** Last ones first. Names without a schema are taken as those of `public`, as files begin with it. */
export function renamesBack(statements: readonly Statement[]): Rename[] {
  // what things were called before the migration, by their names so far
  const before = new Map<string, readonly string[]>()
  const original = (name: readonly string[]) => before.get(JSON.stringify(name)) ?? name
  const found: Rename[] = []
  for (const {kind, node, file, line, column} of statements) {
    const add = (what: string, name: readonly string[], from: readonly string[]) =>
      found.push({kind: what, name, from, where: {file, line, column}})
    const moved = (now: readonly string[], then: readonly string[], what: readonly string[]) => {
      const old = original(now)
      before.set(JSON.stringify(then), old)
      for (const one of what) add(one, old, then)
    }
    if (kind === 'AlterEnumStmt' && node.oldVal)
      add('enum value', [...original(named(node.typeName)), node.oldVal], [node.newVal])
    if (kind === 'AlterObjectSchemaStmt' && node.relation) {
      const now = ranged(node.relation)
      moved(now, [node.newschema, now[1]!], known(RELATIONS[node.objectType]))
    }
    if (kind !== 'RenameStmt') continue
    if (node.renameType === 'OBJECT_SCHEMA') add('schema', [node.subname], [node.newname])
    else if (node.renameType === 'OBJECT_COLUMN') {
      for (const one of known(COLUMNS[node.relationType]))
        add(one, [...original(ranged(node.relation)), node.subname], [node.newname])
    } else if (RELATIONS[node.renameType] && node.relation) {
      const now = ranged(node.relation)
      moved(now, [now[0]!, node.newname], known(RELATIONS[node.renameType]))
    } else if (node.renameType === 'OBJECT_TYPE' || node.renameType === 'OBJECT_DOMAIN') {
      const now = named(node.object.List.items)
      moved(now, [now[0]!, node.newname], node.renameType === 'OBJECT_DOMAIN' ? ['domain'] : TYPES)
    }
  }
  return found.reverse()
}

const known = (kind: string | undefined): string[] => (kind ? [kind] : [])

const ranged = (range: Tree): string[] => inSchema(rangeName(range))

const named = (list: unknown): string[] => inSchema(strings(list))

const inSchema = (name: readonly string[]): string[] => (name.length === 1 ? ['public', ...name] : [...name])

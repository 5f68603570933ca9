// What the files say of columns that change their type in; the planner's words by column, and notes where a line has had its day, out.
import {idOf} from '../diff/id.ts'
import {storedType} from '../diff/kinds/zone.ts'
import type {Catalog, ObjectId} from '../diff/model.ts'
import type {Tree} from '../postgres/parse.ts'
import type {Project} from '../project/model.ts'
import type {Conversion} from '../shadow/model.ts'
import type {Known} from './sides.ts'

const columnOf = ({name}: Conversion): ObjectId => idOf('column', name)

export function conversionsOf({loaded}: Known): ReadonlyMap<ObjectId, string> {
  return new Map(loaded?.conversions.map((one) => [columnOf(one), one.expression]))
}

/**
 * A line that stays in a file when its column has the type would be taken for what is meant when that type changes again.
 * @param current once what is renamed bears its new name
 * @param history the project, where its migrations are what made the current state
 */
export async function conversionNotes(desired: Known, current: Catalog, history?: Project): Promise<string[]> {
  const notes: string[] = []
  const type = (catalog: Catalog, said: string) => JSON.stringify([said, storedType(said, catalog)])
  for (const one of desired.loaded?.conversions ?? []) {
    const id = columnOf(one)
    const [was, now] = [current.objects.get(id), desired.catalog.objects.get(id)]
    if (!was || !now) continue
    const column = id.slice('column '.length)
    const line = `-- pgext:using above it (${one.where.file}:${one.where.line})`
    if (type(current, was.body.type) === type(desired.catalog, now.body.type)) {
      notes.push(`${column} has its type already: ${line} is needed no more, so take it away before that type changes again`)
      continue
    }
    const before = history && (await usedIn(one, history))
    if (before) notes.push(`${line} says how values of ${column} go over, as it did in ${before}: is it meant this time, too?`)
  }
  return notes
}

/** The migration that has changed the type of that column by those words. */
async function usedIn({name, expression}: Conversion, {migrationsFolder, settings}: Project): Promise<string | undefined> {
  const [{readMigrations}, {splitStatements}] = await Promise.all([
    import('../migrations/file.ts'),
    import('../postgres/statements.ts'),
  ])
  for (const {path, text} of (await readMigrations(migrationsFolder, settings.migrations)).toReversed()) {
    if (!text.includes(`USING ${expression}`)) continue
    const statements = await splitStatements(text, path)
    if (statements.some(({kind, node}) => kind === 'AlterTableStmt' && retypes(node, name))) return path
  }
  return undefined
}

function retypes({relation, cmds}: Tree, [schema, table, column]: readonly string[]): boolean {
  const isAbout = relation.relname === table && (relation.schemaname ?? schema) === schema
  return (
    isAbout && (cmds as Tree[]).some(({AlterTableCmd: {subtype, name}}) => subtype === 'AT_AlterColumnType' && name === column)
  )
}

// A migration in; the place of its first statement that may change rows, which no diff knows of, out.
import type {Where} from '../errors.ts'
import {placeOf} from '../postgres/statements.ts'
import {statementsOf} from './block.ts'
import type {Migration} from './file.ts'

const ROWS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'TruncateStmt', 'CopyStmt', 'DoStmt', 'CallStmt'])

export async function rowsIn(migration: Migration): Promise<Where | undefined> {
  const {text, path} = migration
  const statements = await statementsOf(migration, 0)
  const found = statements.find(({kind}) => ROWS.has(kind))
  return found && placeOf(text, found.start, path)
}

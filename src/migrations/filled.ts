// A session and files of rows in; tables that they put rows into, and that have some already, out.
import type {Db} from '../postgres/db.ts'
import {rangeName} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import {type PartFile, partsOf} from './parts.ts'

/** As far as statements name them, and the role may look: what a function or a `DO` block writes nobody knows. */
export async function filledBefore(db: Db, files: readonly PartFile[]): Promise<string[]> {
  const names = new Set<string>()
  for (const file of files)
    for (const part of await partsOf(file))
      for (const {kind, node} of 'rows' in part ? [part.copy] : part.statements) {
        if (kind !== 'InsertStmt' && !(kind === 'CopyStmt' && node.is_from)) continue
        // one that passes over what is there may run any number of times
        const [schema, table] =
          rangeName(node.relation).length === 1 ? ['public', node.relation.relname] : rangeName(node.relation)
        if (!node.onConflictClause) names.add(quoteNames(schema!, table!))
      }
  const filled: string[] = []
  for (const name of names) {
    const found = await db.query(`select exists (select from ${name}) as has`).catch(() => [])
    if (found[0]?.has) filled.push(name)
  }
  return filled.sort()
}

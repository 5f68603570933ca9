// Files in; where in them an object of a catalog is made, by its name as written, out. No database is asked: what could be several things is none.
import type {CatalogObject} from '../diff/model.ts'
import {ROUTINES} from '../diff/routines.ts'
import type {Where} from '../errors.ts'
import type {Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import {placeOf, type Statement} from '../postgres/statements.ts'
import {listedIn, type Made, madeBy} from './made.ts'
import type {SourceFile} from './model.ts'
import {splitOnce} from './work.ts'

/** undefined: no file says so, or several do */
export type Declared = (object: Pick<CatalogObject, 'kind' | 'name'>) => Where | undefined

export async function declaredIn(files: readonly SourceFile[]): Promise<Declared> {
  const places = new Map<string, Where[]>()
  for (const source of files) {
    const {statements} = await splitOnce(source)
    for (const statement of statements) {
      const made = madeBy(statement)
      const whole = made && keyOf(made)
      const add = (key: string, at: number) =>
        places.set(key, [...(places.get(key) ?? []), placeOf(source.text, statement.start + at, source.path)])
      if (whole !== undefined) add(whole, 0)
      for (const [at, part] of [...listedIn(statement), ...addedIn(statement)]) {
        const key = keyOf({...(made ?? relationOf(statement)), ...part})
        if (key !== undefined) add(key, at)
      }
    }
  }
  return ({kind, name}) => {
    const found = keysOf(kind, name).map((key) => places.get(key) ?? [])
    const all = found.find((one) => one.length > 0) ?? []
    return all.length === 1 ? all[0] : undefined
  }
}

/** A part has the name of what it is a part of before its own; what is not told by a name has none. */
function keyOf({of, kind = '', part}: Made): string | undefined {
  if (of?.what === 'routine' || of?.what === 'routines' || of?.what === 'operator') return undefined
  return JSON.stringify(part === undefined ? [of?.text] : [of?.text ?? '', kind, part])
}

/** As a file may have written it: with its schema, or without. */
function keysOf(kind: string, name: readonly string[]): string[] {
  if (name.length === 1) return [JSON.stringify(['', kind, name[0]])]
  if (ROUTINES.has(kind)) return []
  const [schema, relation, part] = name as readonly [string, string, string?]
  const wholes = [quoteNames(schema, relation), quoteNames(relation)]
  return wholes.map((whole) => JSON.stringify(part === undefined ? [whole] : [whole, kind, part]))
}

/** Columns and constraints that ALTER TABLE adds, by where they begin in the statement's text. */
function addedIn({kind, node, offset}: Statement): Map<number, Required<Pick<Made, 'kind' | 'part'>>> {
  const added = new Map<number, {kind: string; part: string}>()
  if (kind !== 'AlterTableStmt') return added
  for (const {AlterTableCmd: one} of node.cmds as Tree[]) {
    const {ColumnDef, Constraint} = one?.def ?? {}
    if (one?.subtype === 'AT_AddColumn' && ColumnDef?.colname)
      added.set(offset(ColumnDef.location), {kind: 'column', part: ColumnDef.colname})
    // alone it is what the statement makes
    if (one?.subtype === 'AT_AddConstraint' && Constraint?.conname && node.cmds.length > 1)
      added.set(offset(Constraint.location), {kind: 'constraint', part: Constraint.conname})
  }
  return added
}

function relationOf({node}: Statement): Made {
  const {schemaname, relname} = node.relation ?? {}
  if (!relname) return {}
  return {of: {what: 'relation', text: schemaname ? quoteNames(schemaname, relname) : quoteNames(relname)}}
}

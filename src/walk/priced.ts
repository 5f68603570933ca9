// Migrations that are pending, and the states before and after them, in; their statements, each with what it locks and takes away, out.
import {price} from '../cost/price.ts'
import {idOf} from '../diff/id.ts'
import type {Catalog, Hazard, Step} from '../diff/model.ts'
import {apart, losesData} from '../diff/step.ts'
import {isSetting} from '../migrations/block.ts'
import type {Migration} from '../migrations/file.ts'
import {strings, type Tree} from '../postgres/parse.ts'
import {type Statement, split} from '../postgres/statements.ts'
import type {Size} from './model.ts'
import type {Workplace} from './sides.ts'
import {sizesOf} from './sizes.ts'

export interface Priced {
  readonly steps: readonly {readonly file: string; readonly line: number; readonly step: Step}[]
  readonly sizes: ReadonlyMap<string, Size>
}

const SOMETHING = idOf('schema', ['public'])

export async function priced(
  migrations: readonly Migration[],
  current: Catalog,
  desired: Catalog,
  place: Workplace,
): Promise<Priced> {
  const places: {file: string; line: number}[] = []
  const steps: Step[] = []
  for (const {text, path} of migrations)
    for (const statement of (await split(text, path)).statements) {
      if (QUIET.has(statement.kind) || isSetting(statement)) continue
      places.push({file: path, line: statement.line})
      steps.push({...apart(SOMETHING, statement.sql), hazards: losses(statement)})
    }
  const all = await price(steps, {current, desired, major: current.server.major})
  return {
    steps: all.map((step, at) => ({...places[at]!, step})),
    sizes: await sizesOf(all, place.target),
  }
}

const QUIET: ReadonlySet<string> = new Set(['TransactionStmt', 'VariableSetStmt', 'DiscardStmt', 'VariableShowStmt'])

const HOLDS_ROWS: ReadonlySet<string> = new Set(['OBJECT_TABLE', 'OBJECT_MATVIEW', 'OBJECT_SCHEMA', 'OBJECT_FOREIGN_TABLE'])

/** Whoever wrote it has said that rows may go; whoever deploys it sees it once more. */
function losses({kind, node}: Statement): Hazard[] {
  if (kind === 'DropStmt' && HOLDS_ROWS.has(node.removeType))
    return (node.objects as Tree[]).map((one) => losesData(`${nameOf(one)} goes with all that it holds`))
  if (kind === 'TruncateStmt') return [losesData('every row of a table goes')]
  if (kind === 'DeleteStmt') return [losesData(`rows of ${relationOf(node)} go`)]
  if (kind !== 'AlterTableStmt') return []
  return (node.cmds as Tree[]).flatMap(({AlterTableCmd: one}) =>
    one?.subtype === 'AT_DropColumn' ? [losesData(`column ${one.name} of ${relationOf(node)} goes with its values`)] : [],
  )
}

const relationOf = ({relation}: Tree): string => [relation.schemaname, relation.relname].filter(Boolean).join('.')

const nameOf = (object: Tree): string => strings(object.List?.items ?? [object]).join('.')

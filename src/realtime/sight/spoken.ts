// Policies in; of which columns of their table they speak, out: at least those.
import {parse, strings, type Tree, walk} from '../../postgres/parse.ts'
import type {Law, LawColumn, Policy} from './law.ts'

/** `ctid` and the like: no image of a row has them. */
const SYSTEM = new Set(['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax'])

type Said = Pick<Law, 'columns'> & {readonly policies?: readonly Pick<Policy, 'sql'>[]}

export interface Spoken {
  readonly columns: readonly LawColumn[]
  /** what no image has */
  readonly system?: string
}

/** A sub-select's column of the same name counts as well: then a value is asked for that is not needed. A whole row (`t.*`) is all columns. */
export async function spokenOf({columns, policies = []}: Said): Promise<Spoken> {
  const names = new Set<string>()
  const read = async (one: Pick<Policy, 'sql'>) => {
    walk(await expressionOf(one), (name, node) => {
      if (name !== 'ColumnRef') return
      const fields = node.fields as Tree[]
      if (fields.at(-1)!.A_Star) for (const column of columns) names.add(column.name)
      names.add(strings(fields).at(-1) ?? '')
    })
  }
  for (const policy of policies) await read(policy)
  for (const {name, generated} of columns) if (generated && names.has(name)) await read(generated)
  const system = [...names].find((name) => SYSTEM.has(name))
  return {columns: columns.filter(({name}) => names.has(name)), ...(system && {system})}
}

export async function expressionOf({sql}: Pick<Policy, 'sql'>): Promise<Tree> {
  const [parsed] = await parse(`select ${sql}`)
  return parsed!.stmt.SelectStmt.targetList[0].ResTarget.val
}

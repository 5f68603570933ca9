// A statement's parse tree in; the tables it writes, as written, and the columns it names to be written, out.
import {rangeName, strings, type Tree, walk} from '../../postgres/parse.ts'

export interface Written {
  readonly table: readonly string[]
  /** undefined: those that have values, in the order of the table */
  readonly columns: readonly string[] | undefined
  /** ON CONFLICT … DO UPDATE */
  readonly conflicts?: true
}

export function writtenIn(tree: Tree): Written[] {
  const written: Written[] = []
  const add = (relation: Tree | undefined, columns: readonly string[] | undefined) => {
    if (relation?.relname) written.push({table: rangeName(relation), columns})
  }
  walk({'': tree}, (name, node) => {
    if (name === 'InsertStmt') {
      add(node.relation, node.cols ? named(node.cols) : undefined)
      const {relation, onConflictClause: conflict} = node
      if (relation && conflict?.targetList)
        written.push({table: rangeName(relation), columns: named(conflict.targetList), conflicts: true})
    }
    if (name === 'UpdateStmt') add(node.relation, named(node.targetList))
    if (name === 'DeleteStmt') add(node.relation, [])
    if (name === 'MergeStmt') {
      for (const {MergeWhenClause: when} of node.mergeWhenClauses ?? [])
        if (when && when.commandType !== 'CMD_NOTHING')
          add(node.relation, when.commandType === 'CMD_INSERT' && !when.targetList ? undefined : named(when.targetList))
    }
  })
  return written
}

/** Names that it asks for as columns: what is written is read, too, where it is among them. */
export function askedIn(tree: Tree): string[] {
  const names: string[] = []
  walk({'': tree}, (name, node) => {
    const last = name === 'ColumnRef' ? strings(node.fields).at(-1) : undefined
    if (last !== undefined) names.push(last)
  })
  return names
}

export function hasStar(tree: Tree): boolean {
  let found = false
  walk({'': tree}, (name) => {
    if (name === 'A_Star') found = true
  })
  return found
}

/** Everything that may be a name. */
export function namesSaidIn(tree: Tree): string[] {
  const names: string[] = []
  walk({'': tree}, (name, node) => {
    if (name === 'String' && typeof node.sval === 'string') names.push(node.sval)
    if (name === 'ResTarget' && typeof node.name === 'string') names.push(node.name)
    if (name === 'IndexElem' && typeof node.name === 'string') names.push(node.name)
  })
  return names
}

const named = (list: readonly Tree[] | undefined): string[] =>
  (list ?? []).flatMap(({ResTarget}) => (ResTarget?.name ? [ResTarget.name as string] : []))

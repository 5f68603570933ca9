// The list of kinds, in the order in which things are made when nothing else decides.
import type {Kind} from '../model.ts'
import {attachment} from './attachment.ts'
import {column} from './column.ts'
import {constraint} from './constraint.ts'
import {columnDefault} from './default.ts'
import {index} from './index-on.ts'
import {partition} from './partition.ts'
import {table} from './table.ts'

export const kinds: readonly Kind[] = [table, column, columnDefault, constraint, index, partition, attachment]

const byName = new Map(kinds.map((kind, rank) => [kind.name, {kind, rank}]))

export function kindOf(name: string): Kind {
  return byName.get(name)!.kind
}

export function rankOf(name: string): number {
  return byName.get(name)!.rank
}

// The statements that plans are made of, in the order in which docs/locks.md has them.
import {columns} from './columns.ts'
import {constraints} from './constraints.ts'
import type {Entry, Section} from './model.ts'
import {others} from './others.ts'
import {tables} from './tables.ts'

export const corpus: readonly Section[] = [...columns, ...constraints, ...tables, ...others]

export const entryOf = (statement: string | Entry): Entry => (typeof statement === 'string' ? {sql: statement} : statement)

export const entries: readonly Entry[] = corpus.flatMap(({statements}) => statements.map(entryOf))

export const keyOf = ({sql, where}: Entry): string => (where ? `${sql} -- ${where}` : sql)

// A statement that is right by itself, and what becomes of its result, in; why that can't work out.

import type {Column, Description} from '../../postgres/describe.ts'
import type {Routine} from '../routine.ts'
import {assignFaults} from './assign.ts'
import type {Means, Understood} from './check.ts'
import {type Fault, placeOf} from './fault.ts'
import type {Variant} from './ground.ts'
import {queryFaults, returnFaults} from './returned.ts'
import {elementFaults, rowsFaults} from './rows.ts'
import type {Solved} from './solve.ts'
import {executed} from './string.ts'
import {type Constant, constantOf, valueFaults} from './value.ts'
import type {Role, Work} from './work.ts'

export interface Place {
  readonly routine: Routine
  readonly variant: Variant
  readonly understood: Understood
  readonly means: Means
}

/** What stands for a result: where it is, its columns, and the constant that it may be. */
export interface Result {
  readonly solved: Solved
  readonly columns: readonly Column[]
  readonly constant?: Constant
}

export async function resultFaults(solved: Solved, place: Place): Promise<Fault[]> {
  const {columns} = solved.answer as Description
  return becomes({solved, columns, constant: constantOf(solved.piece)}, solved.work.role, place)
}

export async function becomes(result: Result, role: Role, place: Place): Promise<Fault[]> {
  const {columns, solved} = result
  const {types} = place.means
  const {span, statement} = solved.work
  if (ONE.has(role.kind) && columns.length !== 1) {
    return [{message: `query returned ${columns.length} columns`, sqlstate: '42601', at: span.from}]
  }
  switch (role.kind) {
    case 'value': {
      if (role.variable?.notNull && result.constant?.isNull) {
        return [
          {
            message: `null value cannot be assigned to variable "${role.variable.name}" declared NOT NULL`,
            sqlstate: '22004',
            at: span.from,
          },
        ]
      }
      return valueFaults(result, await types.of(role.type), place, role.variable?.modifier)
    }
    case 'case':
      return caseFaults(result, role.value, place)
    case 'assign':
      return assignFaults(result, role.target, place)
    case 'rows':
      return rowsFaults(result, role.targets, place)
    case 'elements':
      return elementFaults(result, role.targets, role.isSliced, place)
    case 'return':
    case 'next':
      return returnFaults(result, place)
    case 'query':
      return queryFaults(result, place)
    case 'alone':
      if (columns.length === 0 || solved.piece.kind === 'CallStmt') return []
      return [
        {
          message: 'query has no destination for result data',
          sqlstate: '42601',
          at: statement.from,
          hint: 'to discard the results of a SELECT, use PERFORM instead',
        },
      ]
    case 'text':
      return executed(result, role, place)
    default:
      return []
  }
}

const ONE = new Set(['value', 'assign', 'elements', 'return', 'next', 'text'])

/** CASE makes a comparison of its own, with a variable that holds the value. */
async function caseFaults({solved}: Result, value: Work, {understood, means}: Place): Promise<Fault[]> {
  const answer = understood.statements.find(({work}) => work === value)?.answer
  if (!answer || answer instanceof Error || answer.columns.length !== 1 || solved.bound.isVague) return []
  const {sql, types, at} = solved.bound
  const head = `select $${types.length + 1} in (`
  const compared = await means.session.ask(means.path, {
    sql: `${head}${sql.slice('select '.length)})`,
    types: [...types, answer.columns[0]!.type],
  })
  if (!(compared instanceof Error)) return []
  const start = solved.work.span.from
  const place = placeOf(
    compared,
    {at: (position) => at(Math.max(position - head.length, 0) + 'select '.length)},
    solved.work.span,
  )
  return [{message: compared.message, sqlstate: compared.sqlstate ?? '', at: Math.max(place, start), hint: compared.hint}]
}

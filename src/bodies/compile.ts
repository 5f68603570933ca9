// Routines in; what PostgreSQL's own validators say of their bodies out, without running them.

import type {PgextError} from '../errors.ts'
import {contextOf, insideOf} from '../postgres/error.ts'
import {characters} from '../postgres/places.ts'
import type {Finding} from './model.ts'
import {ABSENT, isMadeElsewhere, namesAt} from './plpgsql/excuse.ts'
import {quotedIn} from './plpgsql/fault.ts'
import type {Token} from './plpgsql/token.ts'
import {makes} from './plpgsql/touched.ts'
import type {Routine} from './routine.ts'
import type {Session} from './session.ts'

const VALIDATORS: Readonly<Record<string, string>> = {sql: 'fmgr_sql_validator', plpgsql: 'plpgsql_validator'}

export async function compile(
  routine: Routine,
  tokens: readonly Token[],
  session: Session,
  path: string,
): Promise<Finding | undefined> {
  const sql = validation(routine)
  if (!sql) return undefined
  const answer = await session.ask(path, {sql, runs: true})
  // who may not run it, may not have it looked at either
  if (!(answer instanceof Error) || answer.sqlstate === '42501') return undefined
  const finding = findingOf(routine, answer, tokens)
  return (await isMade(routine, finding, tokens, session)) ? undefined : finding
}

/** What is not there is made on the way: from 18 on SQL functions look at a statement when they come to it. */
export async function isMade(
  {body, language}: Routine,
  {sqlstate, at}: Finding,
  tokens: readonly Token[],
  session: Session,
): Promise<boolean> {
  if (language !== 'sql' || at === undefined || !ABSENT.has(sqlstate ?? '')) return false
  const names = await namesAt(body, tokens, at)
  const name = names.at(-1)
  if (name === undefined) return false
  return (await makes(body, name)) || (names.length === 1 && sqlstate === '42P01' && (await isMadeElsewhere(name, {session})))
}

/** A statement that fails where a body does; undefined: nobody would look at it. */
function validation({language, oid, isAtomic}: Routine): string | undefined {
  const validator = VALIDATORS[language]
  return validator && !isAtomic ? `select pg_catalog.${validator}(${oid}::oid)` : undefined
}

function findingOf({id, body, language}: Routine, error: PgextError, tokens: readonly Token[]): Finding {
  const {message, hint, sqlstate} = error
  return {routine: id, level: 'error', rule: 'compile', message, hint, sqlstate, at: placeIn(body, language, error, tokens)}
}

function placeIn(body: string, language: string, error: PgextError, tokens: readonly Token[]): number | undefined {
  const inside = insideOf(error)
  if (inside?.text === body) return characters(body, inside.position)
  // a statement of the body, cut out of it
  const from = inside ? body.indexOf(inside.text) : -1
  if (inside && from !== -1) return from + characters(inside.text, inside.position)
  if (language === 'sql') return lastStatement(tokens)
  const line = lineOf(contextOf(error))
  const start = line === undefined ? undefined : startOf(body, line)
  if (start === undefined) return undefined
  // PL/pgSQL names the line where the statement begins, and the name that is wrong in it
  return quotedIn(error.message, tokens, start, body.length) ?? start
}

/** What is wrong with a result, is wrong with that of the last statement. */
function lastStatement(tokens: readonly Token[]): number | undefined {
  const end = tokens.findLastIndex(({text}) => text !== ';')
  const before = tokens.findLastIndex(({text}, at) => at < end && text === ';')
  return tokens[before + 1]?.from
}

/** The context ends with the line, in whatever language it is. */
function lineOf(context: string): number | undefined {
  const digits = /(\d+)\D*$/.exec(context.split('\n')[0] ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** PL/pgSQL counts lines from the first, unless the body begins with a line break. */
function startOf(body: string, line: number): number | undefined {
  const lines = body.split('\n')
  const before = lines.slice(0, line - 1)
  const text = lines[line - 1]
  if (text === undefined) return undefined
  return before.reduce((sum, one) => sum + one.length + 1, 0) + (text.length - text.trimStart().length)
}

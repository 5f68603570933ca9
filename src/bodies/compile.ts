// Routines in; what PostgreSQL's own validators say of their bodies out, without running them.
import type {PgextError} from '../errors.ts'
import {contextOf, insideOf} from '../postgres/error.ts'
import {characters} from '../postgres/places.ts'
import type {Finding} from './model.ts'
import type {Routine} from './routine.ts'

const VALIDATORS: Readonly<Record<string, string>> = {sql: 'fmgr_sql_validator', plpgsql: 'plpgsql_validator'}

/** A statement that fails where a body does; undefined: nobody would look at it. */
export function validation({language, oid, isAtomic}: Routine): string | undefined {
  const validator = VALIDATORS[language]
  return validator && !isAtomic ? `select pg_catalog.${validator}(${oid}::oid)` : undefined
}

export function compileFinding({id, body}: Routine, error: PgextError): Finding {
  const {message, hint, sqlstate} = error
  return {routine: id, level: 'error', rule: 'compile', message, hint, sqlstate, at: placeIn(body, error)}
}

function placeIn(body: string, error: PgextError): number | undefined {
  const inside = insideOf(error)
  if (inside?.text === body) return characters(body, inside.position)
  // a statement of the body, cut out of it
  const from = inside ? body.indexOf(inside.text) : -1
  if (inside && from !== -1) return from + characters(inside.text, inside.position)
  const line = lineOf(contextOf(error))
  return line === undefined ? undefined : startOf(body, line)
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

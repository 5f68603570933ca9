// Renames that functions/ declares in; those that something is left to do for, and statements that do no harm where that is done, out.
import {idOf} from '../diff/id.ts'
import type {ObjectId, States, Step} from '../diff/model.ts'
import {find, oldIdOf, oldNameOf, type Rename} from '../diff/renames.ts'
import {quoteBody, quoteNames, quoteText} from '../postgres/quote.ts'

const idNow = ({kind, name, signature}: Rename): ObjectId => idOf(kind, name, signature)

/** Deploying makes a function under its new name where the old one is unknown; so only where that alone stands is there one to rename. */
export function isDue(rename: Rename, {current, desired}: States): boolean {
  const old = oldNameOf(rename)
  const isThere = find(current, rename, old) !== undefined && find(current, rename, rename.name) === undefined
  // two files may have both names by now
  return isThere && find(desired, rename, old) === undefined
}

/** What was said of functions/: of functions that schema.sql makes nothing is due here. */
export function split(renames: readonly Rename[], functions: ReadonlySet<ObjectId>, states: States) {
  const [own, others] = [renames.filter((one) => functions.has(idNow(one))), renames.filter((one) => !functions.has(idNow(one)))]
  return {due: own.filter((one) => isDue(one, states)), others}
}

/** A migration may come to a database where deploy-functions has renamed the function before it. */
export function passing(steps: readonly Step[], due: readonly Rename[]): Step[] {
  const byId = new Map(due.map((rename) => [idNow(rename), rename]))
  return steps.map((step) => {
    const rename = byId.get(step.object)
    if (!rename) return step
    const there = (name: readonly string[]) =>
      `pg_catalog.to_regprocedure(${quoteText(`${quoteNames(...name)}${rename.signature ?? '()'}`)})`
    const isLeft = `${there(oldNameOf(rename))} IS NOT NULL OR ${there(rename.name)} IS NULL`
    return {...step, sql: `DO ${quoteBody(`BEGIN IF ${isLeft} THEN ${step.sql}; END IF; END`, 'rename')}`}
  })
}

export const oldIds = (renames: readonly Rename[]): Set<ObjectId> => new Set(renames.map(oldIdOf))

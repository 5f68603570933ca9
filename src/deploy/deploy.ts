// A plan for routines in; its steps run in one transaction, which is committed only where it led to what was meant, out.
import {checkBodies} from '../bodies/check.ts'
import type {Finding} from '../bodies/model.ts'
import {compare} from '../diff/compare.ts'
import type {Catalog, Change, ObjectId, Plan} from '../diff/model.ts'
import {type Read, readRoutines} from '../diff/routines.ts'
import {inside} from '../diff/step.ts'
import {PgextError} from '../errors.ts'
import {type Patience, patiently} from '../migrations/patience.ts'
import {hold, type SessionOptions} from '../migrations/session.ts'
import {openWatch} from '../migrations/watch.ts'
import type {Db} from '../postgres/db.ts'
import {type Records, writeRecords} from './record.ts'

export interface Deploying {
  readonly plan: Plan
  /** those that it makes or changes */
  readonly touched: ReadonlySet<ObjectId>
  /** what of the routines as they stand then counts, and how that is to be */
  readonly counted: (routines: Catalog) => Catalog
  readonly expected: Catalog
  /** written together with them; absent: as they are */
  readonly records?: Records
  /** is told how they stand once it is done */
  readonly after?: (routines: Read) => Promise<void>
}

export interface DeployOptions extends SessionOptions, Patience {
  /** bodies are not looked at */
  readonly unchecked?: boolean
}

/** It can't be done in this way; another may do. */
export class Unfit extends Error {}

/** Bodies that would fail are told, and nothing is deployed then. */
export async function deploy(db: Db, deploying: Deploying, options: DeployOptions = {}): Promise<Finding[]> {
  const {plan, touched, records, after} = deploying
  let findings: Finding[] = []
  let read: Read | undefined
  return hold(db, options, async () => {
    const watch = await openWatch(db, options)
    try {
      await patiently(
        db,
        undefined,
        async () => {
          for (const step of plan.steps) await db.script(inside(step)).catch((error) => refuse(error, step.object))
          read = await verify(db, deploying)
          findings = options.unchecked ? [] : await checkBodies(db, touched)
          if (isFaulty(findings)) throw new Faulty()
          if (records) await writeRecords(db, records, touched)
        },
        options,
        watch,
      )
      await after?.(read!)
    } catch (error) {
      if (!(error instanceof Faulty)) throw error
    } finally {
      await watch.close()
    }
    return findings
  })
}

/** Undoes the transaction. */
class Faulty extends Error {}

export const isFaulty = (findings: readonly Finding[]): boolean => findings.some(({level}) => level === 'error')

async function verify(db: Db, {counted, expected}: Deploying): Promise<Read> {
  const read = await readRoutines(db)
  const left = compare(counted(read.catalog), expected)
  if (left.length === 0) return read
  throw new Unfit(`it does not lead to what the files say:\n${left.map(told).join('\n')}`)
}

const told = ({verb, from, to}: Change): string => `  ${verb} ${(to ?? from)!.id}`

/** SQLSTATEs of what is not there, or can't be replaced. */
const LACKING = new Set(['42P01', '42703', '42704', '42883', '3F000', '42P13', '42723', '42P16'])

function refuse(error: unknown, object: ObjectId): never {
  if (error instanceof PgextError && LACKING.has(error.sqlstate ?? ''))
    throw Object.assign(new Unfit(`${object}: ${error.message}`), {cause: error})
  throw error
}

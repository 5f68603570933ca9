// A named consumer and a session in; where it goes on from out. Its slot and its row in pgext.consumer are made, and kept in step, here: what
// a slot does not know is a position inside a transaction, and one that survives a crash, as the server writes a slot's own to disk late.
import {createHash, randomUUID} from 'node:crypto'
import {PgextError} from '../../errors.ts'
import type {Db} from '../../postgres/db.ts'
import {goneError, laterOf, type Position, readLsn, showLsn} from './position.ts'
import {createSlot, dropSlot, lookAtSlot, type Slot, slotName} from './slot.ts'

/** Of one slot, as long as nothing can be missing from what it gives. */
export interface Place {
  readonly name: string
  readonly id: string
  /** part of tokens */
  readonly incarnation: string
  /** acknowledged; later positions alone can be gone on from */
  readonly acknowledged: Position
  /** anything was acknowledged yet */
  readonly isSaved: boolean
  /** what the server begins with if it is not asked for more */
  readonly confirmed: bigint
}

/**
 * The caller is the slot's only reader.
 * @param isNew it has not read yet: a consumer that is not there is made
 * @throws PgextError `events-gone` where changes may have been missed. A new slot stands by then: what changes while tables are read anew is in it
 */
export async function takePlace(db: Db, name: string, system: string, isNew: boolean): Promise<Place> {
  const slot = slotName(db.server.database, name)
  const [row] = await db.query(
    'select name, engine, incarnation, system, lsn, messages, gone from pgext.consumer where name = $1',
    [name],
  )
  if (!row && !isNew) throw goneError(`consumer ${name} was dropped`)
  const seen = await lookAtSlot(db, slot)
  if (!row) {
    const incarnation = randomUUID()
    // the other way round a cut between the two would look like a slot that was lost
    if (!seen || seen.lost) await remake(db, slot, seen)
    await db.query("insert into pgext.consumer (name, engine, incarnation, system) values ($1, 'wal', $2, $3)", [
      name,
      incarnation,
      system,
    ])
    return placeOf({name, incarnation, system, lsn: null, messages: 0}, await standing(db, slot))
  }
  const why = reasonOf(row, system, seen)
  if (!why) return placeOf(row, seen!)
  throw await beginAnew(db, name, system, why)
}

/** Makes a new slot; the error that says so. */
export async function beginAnew(db: Db, name: string, system: string, why: string): Promise<PgextError> {
  const slot = slotName(db.server.database, name)
  // first of all: a cut from here on must not hide what is missing
  await db.query('update pgext.consumer set gone = true where name = $1', [name])
  await remake(db, slot, await lookAtSlot(db, slot))
  await db.query(
    `update pgext.consumer set engine = 'wal', incarnation = $2, system = $3, token = null, seen = null, lsn = null, messages = 0, gone = false
     where name = $1`,
    [name, randomUUID(), system],
  )
  return goneError(`changes may be missing for consumer ${name}: ${why}`)
}

/** Survives a crash when it is back. False: the consumer is not this one any more. */
export async function savePosition(db: Db, {name, id}: Place, {lsn, messages}: Position): Promise<boolean> {
  const later = 'lsn is null or (lsn, messages) < ($3::pg_lsn, $4::int)'
  const saved = await db.query(
    `update pgext.consumer set
       lsn = case when ${later} then $3::pg_lsn else lsn end, messages = case when ${later} then $4::int else messages end,
       seen_at = pg_catalog.clock_timestamp()
     where name = $1 and incarnation = $2 returning 1`,
    [name, id, showLsn(lsn), messages],
  )
  return saved.length > 0
}

export async function dropConsumer(db: Db, name: string): Promise<void> {
  // first: a reader whose slot goes makes a new one for a consumer that is there
  await db.query('delete from pgext.consumer where name = $1', [name])
  await dropSlot(db, slotName(db.server.database, name))
}

/**
 * Changes with a restored cluster, with another major, when a standby becomes the server, and when the publication is made anew: the log
 * goes another way then, or has a part that no publication publishes. undefined: there is no such publication.
 */
export async function systemOf(db: Db, publication: string): Promise<string | undefined> {
  const [row] = await db.query(
    `select pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) || '/' || oid as system
     from pg_catalog.pg_publication where pubname = $1`,
    [publication],
  )
  return row && `${await clusterOf(db)}/${row.system}`
}

/** Some hosts hide it. */
async function clusterOf(db: Db): Promise<string> {
  try {
    const [row] = await db.query('select system_identifier from pg_catalog.pg_control_system()')
    return row!.system_identifier
  } catch (error) {
    const {sqlstate} = error as PgextError
    if (sqlstate === '42501' || sqlstate === '42883') return ''
    throw error
  }
}

/** What messages of pg_events' own functions have in their prefix; undefined: it is not installed. */
export async function prefixOf(db: Db): Promise<string | undefined> {
  const [found] = await db.query(`select pg_catalog.to_regclass('pgext.events') is not null as there`)
  if (!found?.there) return undefined
  const [row] = await db.query('select mark from pgext.events')
  return row?.mark
}

export const markOf = (incarnation: string, system: string): string =>
  createHash('sha256').update(`${incarnation} ${system}`).digest('hex').slice(0, 12)

function placeOf(row: Record<string, any>, slot: Slot): Place {
  const slotsOwn = {lsn: 0n, messages: 0}
  const acknowledged = row.lsn === null ? slotsOwn : {lsn: readLsn(row.lsn), messages: row.messages}
  const {name, incarnation: id, system} = row
  return {name, id, incarnation: markOf(id, system), acknowledged, isSaved: row.lsn !== null, confirmed: slot.confirmed}
}

/** Without a token: where it acknowledged last, or where the slot begins. */
export const beginningOf = ({acknowledged, confirmed}: Place): Position => laterOf(acknowledged, {lsn: confirmed, messages: 0})

function reasonOf(row: Record<string, any>, system: string, slot: Slot | undefined): string | undefined {
  if (row.engine !== 'wal') return 'it read the queue until now'
  if (row.gone) return 'it was not told before'
  if (!slot) return 'its replication slot was dropped'
  if (slot.lost === 'wal_removed')
    return 'the server has removed what its slot had still to read (max_slot_wal_keep_size allows it so much)'
  if (slot.lost) return `the server has given its slot up (${slot.lost})`
  return row.system === system ? undefined : 'the server was restored or replaced, or its publication made anew'
}

async function remake(db: Db, slot: string, seen: Slot | undefined): Promise<void> {
  if (seen) await dropSlot(db, slot)
  await createSlot(db, slot)
}

async function standing(db: Db, slot: string): Promise<Slot> {
  const made = await lookAtSlot(db, slot)
  if (made) return made
  throw new PgextError('events-gone', `the replication slot ${slot} was dropped as soon as it was made`, {
    hint: 'does something else drop slots on this server?',
  })
}

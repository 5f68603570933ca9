// A session, and a token to begin behind, in; where a reader of the log begins out.
import type {Db} from '../../postgres/db.ts'
import {beginningOf, type Place} from './consumer.ts'
import type {Keeping} from './options.ts'
import {comparePositions, goneError, laterOf, type Position, readLsn, readToken} from './position.ts'

export interface Beginning {
  readonly from: Position
  /** nothing that is to be handed over stands between the two */
  readonly kept: Position
  readonly acknowledged: Position
  /** what was committed when it was opened */
  readonly now: bigint
  /** bytes of the log that are kept at most for who comes after it */
  readonly most: number
}

interface Asked {
  readonly keeping: Keeping | undefined
  /** makes a position the one that was acknowledged */
  readonly save: (position: Position) => Promise<void>
}

const NOWHERE: Position = {lsn: 0n, messages: 0}
const NOW = `select pg_catalog.pg_current_wal_insert_lsn()::text as written, pg_catalog.pg_current_wal_flush_lsn()::text as flushed,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_slot_wal_keep_size')) as allowed`

/** @param place of a named consumer */
export async function beginningAt(
  db: Db,
  place: Place | undefined,
  since: string | undefined,
  {keeping, save}: Asked,
): Promise<Beginning> {
  if (!place) {
    if (since !== undefined) throw goneError('a tail begins now: nothing was kept for it')
    return {from: NOWHERE, kept: NOWHERE, acknowledged: NOWHERE, now: 0n, most: 0}
  }
  const [row] = await db.query(NOW)
  const [now, allowed] = [readLsn(row!.flushed), Number(row!.allowed)]
  const most = Math.min(keeping?.bytes ?? 0, allowed < 0 ? Number.POSITIVE_INFINITY : allowed / 2)
  const acknowledged = beginningOf(place)
  if (since === undefined) {
    // where it stands while nothing is handed over, which the slot does not know: tokens say it
    if (keeping && !place.isSaved) await save(acknowledged)
    return {from: acknowledged, kept: place.isSaved ? place.acknowledged : acknowledged, acknowledged, now, most}
  }
  const from = readToken(since, place.incarnation)
  if (comparePositions(from, place.acknowledged) < 0)
    throw goneError('what came after the token was acknowledged, and is not kept')
  if (from.lsn > readLsn(row!.written)) throw goneError('the token is from a time that this server has not seen')
  if (!keeping) await save(from)
  const later = laterOf(from, acknowledged)
  return {from: later, kept: from, acknowledged: keeping ? acknowledged : later, now, most}
}

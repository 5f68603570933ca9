// Nothing in; the engines that values are held against out, each with a session set up as those that capture changes are.
import {SESSION} from '../../src/events/session.ts'
import type {Db} from '../../src/postgres/db.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const NEWEST = 18

export interface Engine {
  readonly name: string
  readonly major: number
  open(): Promise<Opened>
}

export interface Opened {
  readonly db: Db
  readonly shadow: Shadow
  close(): Promise<void>
}

const native = (major: number): Engine => ({name: `PostgreSQL ${major}`, major, open: () => open('native', major)})

/** Without PGEXT_MAJORS=all the newest and, where it is installed, the oldest. */
export const NATIVE: readonly Engine[] = (process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17, NEWEST] : [14, NEWEST])
  .filter((major) => major === NEWEST || findBinaries(major) !== undefined)
  .map(native)

export const ENGINES: readonly Engine[] = [...NATIVE, {name: 'PGlite', major: NEWEST, open: () => open('pglite', NEWEST)}]

async function open(want: 'native' | 'pglite', major: number): Promise<Opened> {
  const shadow = await openShadow({want, major})
  const db = await (await shadow.create()).connect()
  await prepare(db)
  return {db, shadow, close: () => shadow.close()}
}

export async function prepare(db: Db): Promise<void> {
  const settings = Object.entries(SESSION).filter(([name]) => name !== 'client_encoding')
  for (const [name, value] of settings) await db.query('select set_config($1, $2, false)', [name, value])
}

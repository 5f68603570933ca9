// A backend that has just started in; where it keeps what belongs to one session out. Each place is told by what a statement of ours leaves there.
import {message, text} from '../../postgres/describe.ts'
import type {Loop} from './loop.ts'
import {type Memory, only} from './memory.ts'
import {Settings} from './settings.ts'

export interface Places {
  readonly settings: Settings
  /** named statements · the unnamed one · values of sequences · the sequence used last */
  readonly statements: number
  readonly unnamed: number
  readonly sequences: number
  readonly lastSequence: number
  /** channels that are listened to */
  readonly channels: number
  /** of a List: its first word */
  readonly list: number
  readonly temporary: number
  readonly temporaryToast: number
  /** the role that was let in */
  readonly authenticated: number
  /** advisory locks (and all others) as the backend itself counts them */
  readonly locks: number
}

export const PROBE = 'pgext probe'

export function findPlaces(memory: Memory, loop: Loop): Places {
  loop.ask(`set application_name = '${PROBE}'`)
  const settings = new Settings(memory)
  return {
    settings,
    ...findSequences(memory, loop),
    ...findTemporary(memory, loop),
    ...findChannels(memory, loop),
    authenticated: findAuthenticated(memory, loop),
    unnamed: findUnnamed(memory, loop),
    ...findTables(memory, loop),
  }
}

/** A scan of a hash table leaves its address behind, among variables of no interest, until another is scanned. */
function findTables(memory: Memory, loop: Loop): Pick<Places, 'statements' | 'locks'> {
  loop.ask(`prepare "${PROBE}" as select 1`)
  const [statements, locks] = [memory.tables('Prepared Queries'), memory.tables('LOCALLOCK hash')]
  const [statement, lock] = [memory.get(statements[0] ?? 0), memory.get(locks[0] ?? 0)]
  scan(memory, lock)
  const kept = statements.filter((place) => memory.get(place) === statement)
  scan(memory, statement)
  const keptLocks = locks.filter((place) => memory.get(place) === lock)
  return {statements: only(kept, 'the table of statements'), locks: only(keptLocks, 'the table of locks')}
}

function scan(memory: Memory, table: number): void {
  const state = memory.keep(new Uint8Array(64))
  memory.module._hash_seq_init(state, table)
  memory.module._hash_seq_term(state)
  memory.module._free(state)
}

function findSequences(memory: Memory, loop: Loop): Pick<Places, 'sequences' | 'lastSequence'> {
  const [row] = loop.ask(
    `create temp sequence "${PROBE}"; select nextval('pg_temp."${PROBE}"'), 'pg_temp."${PROBE}"'::regclass::oid`,
  )
  const oid = Number(row![1])
  const sequences = only(memory.tables('Sequence values'), 'the table of sequences')
  // an entry begins with the sequence's oid
  const last = memory.pointers((entry, address) => Math.abs(address - sequences) <= 16 && memory.get(entry) === oid)
  return {sequences, lastSequence: only(last, 'the last sequence')}
}

/** Behind findSequences, which has made something temporary. */
function findTemporary(memory: Memory, loop: Loop): Pick<Places, 'temporary' | 'temporaryToast'> {
  const [row] = loop.ask(`select pg_catalog.pg_my_temp_schema(), (select t.oid from pg_catalog.pg_namespace n
    join pg_catalog.pg_namespace t on t.nspname = replace(n.nspname, 'pg_temp', 'pg_toast_temp') where n.oid = pg_catalog.pg_my_temp_schema())`)
  const [own, toast] = row!.map(Number)
  const pairs = memory.holding(own!).filter((place) => [4, 8, 12, 16, 20, 24].some((step) => memory.get(place + step) === toast))
  const temporary = only(pairs, 'the temporary schema')
  const temporaryToast = only(
    memory.holding(toast!).filter((place) => place > temporary && place <= temporary + 24),
    'the temporary schema of long values',
  )
  return {temporary, temporaryToast}
}

function findChannels(memory: Memory, loop: Loop): Pick<Places, 'channels' | 'list'> {
  loop.ask(`listen "${PROBE}"`)
  const {words} = memory
  const isChannels = (list: number) => {
    if (words[(list + 4) >>> 2] !== 1) return false
    const elements = memory.get(list + 12)
    if (!memory.isPointer(elements)) return false
    const name = memory.get(elements)
    return memory.isPointer(name) && memory.text(name) === PROBE
  }
  const channels = only(memory.pointers(isChannels), 'the list of channels')
  return {channels, list: memory.get(memory.get(channels))}
}

/** Its neighbours are the roles of the session and of SET ROLE. */
function findAuthenticated(memory: Memory, loop: Loop): number {
  const [row] = loop.ask(`create role "${PROBE} 1"; create role "${PROBE} 2"; grant "${PROBE} 2" to "${PROBE} 1";
    set session authorization "${PROBE} 1"; set role "${PROBE} 2"; select '"${PROBE} 1"'::regrole::oid, '"${PROBE} 2"'::regrole::oid`)
  const [session, role] = row!.map(Number)
  const found = memory.holding(role!).filter((place) => {
    const near = memory.words.subarray(place >>> 2, (place >>> 2) + 6)
    return near[1] === role && near[2] === session && near[5] === 10
  })
  loop.ask(`set session authorization postgres; drop role "${PROBE} 1"; drop role "${PROBE} 2"`)
  return only(found, 'the role that was let in') + 20
}

function findUnnamed(memory: Memory, loop: Loop): number {
  loop.askBy(Buffer.concat([message('P', text(''), text(`select '${PROBE}'`), Buffer.alloc(2)), message('S')]))
  return only(
    memory.plans().filter((place) => memory.text(memory.get(memory.get(place) + 12)) === `select '${PROBE}'`),
    'the unnamed statement',
  )
}

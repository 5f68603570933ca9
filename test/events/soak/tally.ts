// What a reader wrote down over all of its lives in; the tables as its events alone make them, and whatever can't be right, out.
import {TABLES} from './tables.ts'

type Values = readonly (string | null | 0)[]
type Told = readonly [operation: string, table: string, row?: Values | null, old?: Values | null]

interface Handed {
  readonly xid: string
  readonly last: boolean
  readonly told: readonly Told[]
}

interface Stored {
  readonly token: string | null
  readonly lsn: string | null
  readonly messages: number
}

type Line = Handed | {readonly begins: Stored} | {readonly asks: string} | {readonly has: string} | {readonly end: true}

interface Kept {
  readonly values: Values
  readonly version: number
}

interface Transaction {
  changes: number
  ledger?: Values
  readonly txns: Set<string>
}

/** More of them say nothing new. */
const MOST_WRONG = 20

export class Tally {
  readonly wrong: string[] = []
  readonly tables = new Map<string, Map<string, Kept>>(TABLES.map(({name}) => [name, new Map()]))
  events = 0
  /** handed over, and again in a later life, since they were not acknowledged */
  again = 0
  transactions = 0
  lives = 0
  isEnded = false
  /** versions of rows that are gone, and may come back under another key */
  readonly #gone = new Map<string, number>()
  readonly #open = new Map<string, Transaction>()
  #batches: Handed[] = []
  /** of those, how many may have been acknowledged */
  #asked = 0
  #has = ''
  #asks = ''

  read(text: string): void {
    const line = JSON.parse(text) as Line
    if ('told' in line) this.#batches.push(line)
    else if ('begins' in line) this.#begin(tokenOf(line.begins))
    else if ('asks' in line) {
      this.#asked = this.#batches.length
      this.#asks = line.asks
    } else if ('has' in line) this.#settle(line.has)
    else this.isEnded = true
  }

  /** What has to be true when the last reader has ended. */
  end(): void {
    if (!this.isEnded) this.#say('the last reader has not come to the end')
    if (this.#batches.length > 0) this.#say(`${this.#batches.length} batches were not acknowledged`)
    for (const [xid, {changes}] of this.#open) this.#say(`transaction ${xid} has no end; ${changes} changes of it were told`)
  }

  #begin(stored: string): void {
    this.lives++
    if (this.#asks !== '' && isSame(stored, this.#asks)) this.#settle(this.#asks)
    // one that has nothing to acknowledge moves on by itself
    else if (this.#batches.length > 0 && this.#has !== '' && !isSame(stored, this.#has))
      this.#say(`${this.#has} was acknowledged, but ${stored} was kept when life ${this.lives} began`)
    for (const {told} of this.#batches) this.again += told.length
    this.#batches = []
    this.#asked = 0
    this.#asks = ''
  }

  #settle(token: string): void {
    for (const batch of this.#batches.splice(0, this.#asked)) this.#take(batch)
    this.#asked = 0
    this.#has = token
  }

  #take({xid, last, told}: Handed): void {
    const open: Transaction = this.#open.get(xid) ?? {changes: 0, txns: new Set()}
    this.#open.set(xid, open)
    for (const one of told) this.#change(one, open)
    if (!last) return
    this.#open.delete(xid)
    this.transactions++
    const {changes, ledger, txns} = open
    if (!ledger) {
      if (changes > 0) this.#say(`transaction ${xid} has ${changes} changes and no entry in the ledger`)
      return
    }
    const [txn, , counted] = ledger
    if (Number(counted) !== changes - 1)
      this.#say(`transaction ${xid} (${txn}): ${changes - 1} changes were told, ${counted} were made`)
    for (const one of txns) if (one !== txn) this.#say(`transaction ${xid} (${txn}) has a row of transaction ${one}`)
  }

  #change([operation, name, row, old]: Told, open: Transaction): void {
    const table = TABLES.find((one) => one.name === name)
    if (!table) return
    this.events++
    open.changes++
    const rows = this.tables.get(name)!
    if (operation === 'TRUNCATE') {
      rows.clear()
      return
    }
    const [key, values] = [keyOf(name, (row ?? old)!), row ?? old!]
    const before = rows.get(key)
    if (operation === 'INSERT' ? before : !before)
      this.#say(`${operation} ${name} ${values.join('|')}: there is ${before ? before.values.join('|') : 'no such row'}`)
    if (old && before && !old.includes(0) && !isEqual(old, before.values))
      this.#say(`${operation} ${name}: the old row is ${old.join('|')}, it was ${before.values.join('|')}`)
    if (operation === 'DELETE') {
      if (before) this.#gone.set(`${name} ${before.values[table.uid]}`, before.version)
      rows.delete(key)
      return
    }
    const [version, uid] = [Number(values[table.version]), `${name} ${values[table.uid]}`]
    const last = operation === 'INSERT' ? (this.#gone.get(uid) ?? -1) : (before?.version ?? -1)
    if (version !== last + 1) this.#say(`${operation} ${name} ${values.join('|')}: version ${version} comes after ${last}`)
    if (operation === 'INSERT') this.#gone.delete(uid)
    if (name === 'ledger') open.ledger = values
    open.txns.add(String(values[table.txn]))
    rows.set(key, {values, version})
  }

  #say(what: string): void {
    if (this.wrong.length < MOST_WRONG) this.wrong.push(what)
  }
}

export function keyOf(table: string, values: Values): string {
  return table === 'part' ? `${values[0]}/${values[1]}` : String(values[0])
}

const isEqual = (a: Values, b: Values): boolean => a.length === b.length && a.every((value, at) => value === b[at])

function tokenOf({token, lsn, messages}: Stored): string {
  if (token) return token
  if (!lsn) return ''
  const [high, low] = lsn.split('/') as [string, string]
  return `w.${((BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)).toString(16)}.${messages.toString(16)}`
}

/** Of the WAL's tokens the place, as the rest is the slot's. */
const isSame = (a: string, b: string): boolean => a === b || (a.startsWith('w') && placeOf(a) === placeOf(b))
const placeOf = (token: string): string => token.split('.').slice(1).join('.')

// A running PostgreSQL in; a captured database out, whose changes reach live queries as a server's hub hands them on, and what subscribers were told.
import {expect} from 'vitest'
import {applyDelta} from '../../src/client/delta.ts'
import type {Row} from '../../src/client/protocol.ts'
import type {PgextError} from '../../src/errors.ts'
import {openSource} from '../../src/events/events.ts'
import {connect} from '../../src/postgres/native.ts'
import {Live, type LiveOptions} from '../../src/realtime/live/live.ts'
import type {Handle, Query} from '../../src/realtime/live/model.ts'
import type {Viewer} from '../../src/realtime/model.ts'
import {openPlace, type Place} from '../events/place.ts'

export interface Stage extends Place {
  readonly live: Live
  /** SQL of what was run for live queries */
  readonly runs: string[]
  open(query: Query, viewer?: Viewer): Told
  /** Until every change that was committed before was handed on. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

/** What one subscriber was told, and the rows that it makes of that. */
export class Told {
  readonly messages: {type: string; [name: string]: any}[] = []
  readonly errors: PgextError[] = []
  rows?: readonly Row[]
  key: readonly string[] = []
  version = 0
  handle!: Handle

  take(text: string): void {
    const message = JSON.parse(text)
    this.messages.push(message)
    if (message.type === 'rows') {
      this.rows = message.rows
      this.key = message.key
      this.version = message.version
    }
    if (message.type !== 'delta') return
    expect(message.version).toBe(this.version + 1)
    this.version = message.version
    this.rows = applyDelta(this.rows!, this.key, message)
  }

  /** of rows and deltas */
  get count(): number {
    return this.messages.filter(({type}) => type !== 'warning').length
  }

  get warnings(): string[] {
    return this.messages.flatMap(({type, message}) => (type === 'warning' ? [message] : []))
  }

  async first(): Promise<readonly Row[]> {
    await expect.poll(() => this.rows ?? this.errors[0]?.message, {timeout: 10_000}).toBeDefined()
    if (!this.rows) throw this.errors[0]
    return this.rows
  }

  async becomes(rows: unknown): Promise<void> {
    await expect.poll(() => this.rows, {timeout: 10_000}).toEqual(rows)
  }
}

export async function openStage(
  urlOf: (database: string) => string,
  schema: string,
  engine: 'wal' | 'queue' = 'queue',
  options: Partial<LiveOptions> & {/** with password secret */ readonly user?: string} = {},
): Promise<Stage> {
  const place = await openPlace(urlOf, schema, engine)
  const url = options.user ? place.url.replace(/\/\/[^@]*@/, `//${options.user}:secret@`) : place.url
  const runs: string[] = []
  const open = async () => {
    const db = await connect(url)
    const read = db.read.bind(db)
    db.read = (sql, parameters) => {
      runs.push(sql)
      return read(sql, parameters)
    }
    return db
  }
  const live = new Live({open, ...options})
  const {source, side} = await openSource({url: place.url})
  const heard = new Set<string>()
  const pumping = (async () => {
    for await (const batch of source.read()) {
      live.changed(batch)
      for (const entry of batch.entries) if (entry.kind === 'message') heard.add(entry.payload)
      await source.acknowledge(batch.token)
    }
  })()
  let marks = 0
  return {
    ...place,
    live,
    runs,
    open(query, viewer) {
      const told = new Told()
      const send = (text: string) => told.take(text)
      told.handle = live.open({...query, id: 'q', ...(viewer && {viewer}), send, onError: (error) => told.errors.push(error)})
      return told
    },
    async caughtUp() {
      const mark = String(++marks)
      await place.ask(`select pgext.emit('mark', '${mark}')`)
      await expect.poll(() => heard.has(mark), {timeout: 10_000}).toBe(true)
    },
    async close() {
      await live.close()
      await source.close()
      await side.close()
      await pumping.catch(() => {})
      await place.db.close()
    },
  }
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export function viewerOf(role: string, claims: Readonly<Record<string, unknown>> = {}): Viewer {
  return {role, claims, text: JSON.stringify(claims), key: JSON.stringify([role, claims])}
}

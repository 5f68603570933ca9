// What hard clients do, at the level of the protocol, held against a native PostgreSQL and against PGlite behind the wire.
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {message, text} from '../../src/postgres/describe.ts'
import {open, pause, type Served, startNative, startWire} from './engines.ts'

const int16 = (value: number) => Buffer.from([value >> 8, value & 255])
const int32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255])
const parse = (name: string, sql: string) => message('P', text(name), text(sql), int16(0))
const bind = (portal: string, name: string, ...values: string[]) =>
  message(
    'B',
    text(portal),
    text(name),
    int16(0),
    int16(values.length),
    ...values.flatMap((v) => [int32(Buffer.byteLength(v)), Buffer.from(v)]),
    int16(0),
  )
const execute = (portal: string, most = 0) => message('E', text(portal), int32(most))
const sync = message('S')
const flush = message('H')

/** A client that says what it likes, let in by the driver's own ways. */
class Raw {
  readonly client: pg.Client
  readonly #socket: Socket
  #all = Buffer.alloc(0)

  private constructor(client: pg.Client, socket: Socket) {
    this.client = client
    this.#socket = socket
    client.removeAllListeners()
    client.on('error', () => {})
    const {connection} = client as any
    connection.removeAllListeners()
    connection.on('error', () => {})
    socket.removeAllListeners('data')
    socket.on('data', (chunk) => {
      this.#all = Buffer.concat([this.#all, chunk])
    })
  }

  static async open({address}: Served): Promise<Raw> {
    const {host, port, user, password, database} = address
    const isFolder = host.startsWith('/')
    const socket = isFolder ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
    await once(socket, 'connect')
    socket.connect = (() => {
      process.nextTick(() => socket.emit('connect'))
      return socket
    }) as Socket['connect']
    const client = new pg.Client({host, port, user, password, database, ssl: false, stream: () => socket})
    await client.connect()
    return new Raw(client, socket)
  }

  say(...messages: Buffer[]): void {
    this.#socket.write(Buffer.concat(messages))
  }

  /** What it has been told up to so many ReadyForQuery: a letter a message, an error with its code, a row with its first value. */
  async told(ready = 1): Promise<string[]> {
    for (;;) {
      const found = this.#read()
      if (found.filter((one) => one.startsWith('Z')).length >= ready) {
        this.#all = Buffer.alloc(0)
        return found
      }
      await pause(5)
    }
  }

  async until(last: string): Promise<string[]> {
    while (!this.#read().includes(last)) await pause(5)
    const found = this.#read()
    this.#all = Buffer.alloc(0)
    return found
  }

  #read(): string[] {
    const found: string[] = []
    const all = this.#all
    for (let at = 0; at + 5 <= all.length; ) {
      const end = at + 1 + all.readUInt32BE(at + 1)
      if (end > all.length) break
      const kind = String.fromCharCode(all[at]!)
      const body = all.subarray(at + 5, end)
      if (kind === 'E') found.push(`E${/(?:^|\0)C([^\0]*)/.exec(body.toString())?.[1]}`)
      else if (kind === 'N') found.push(`N${/(?:^|\0)M([^\0]*)/.exec(body.toString())?.[1]}`)
      else if (kind === 'D') found.push(`D${body.toString('utf8', 6, 6 + body.readInt32BE(2))}`)
      else if (kind === 'C') found.push(`C${body.toString('utf8', 0, body.length - 1)}`)
      else if (kind === 'Z') found.push(`Z${body.toString()}`)
      else if (kind !== 'S') found.push(kind)
      at = end
    }
    return found
  }

  leave(): void {
    this.#socket.destroy()
  }
}

describe.each([
  ['native', startNative],
  ['wire', () => startWire()],
] as const)('%s', (_, start) => {
  let served: Served
  const raws: Raw[] = []
  const client = async () => {
    const raw = await Raw.open(served)
    raws.push(raw)
    return raw
  }

  beforeAll(async () => {
    served = await start()
  })
  afterAll(async () => {
    for (const raw of raws) raw.leave()
    await served?.stop()
  })

  test('an error in a pipeline ends it up to its Sync, and no further', async () => {
    const raw = await client()
    raw.say(message('Q', text('create table piped (i int primary key)')))
    await raw.told()
    const insert = (value: string) => [bind('', 'into', value), execute('')]
    raw.say(
      parse('into', 'insert into piped values ($1::int) returning i'),
      ...insert('1'),
      ...insert('x'),
      ...insert('2'),
      sync,
      ...insert('3'),
      sync,
    )
    raw.say(message('Q', text('select count(*) from piped')))
    expect(await raw.told(3)).toEqual([
      ...['1', '2', 'D1', 'CINSERT 0 1', 'E22P02', 'ZI'],
      ...['2', 'D3', 'CINSERT 0 1', 'ZI'],
      ...['T', 'D1', 'CSELECT 1', 'ZI'],
    ])
  })

  test('whoever says more behind the end of a transaction, before it is told of that end, is answered', async () => {
    const raw = await client()
    const say = (...scripts: string[]) => raw.say(...scripts.map((sql) => message('Q', text(sql))))
    say('begin', 'commit', 'select 1')
    expect(await raw.told(3)).toEqual(['CBEGIN', 'ZT', 'CCOMMIT', 'ZI', 'T', 'D1', 'CSELECT 1', 'ZI'])
    say('begin', 'select 1/0', 'select 2', 'rollback', 'begin', 'select 3', 'commit', 'select 4')
    const told = (await raw.told(8)).filter((one) => /^[EDZ]/.test(one)).join(' ')
    expect(told).toBe('ZT E22012 ZE E25P02 ZE ZI ZT D3 ZT ZI D4 ZI')
    say('begin')
    await raw.told()
    say('commit', 'select 5')
    expect(await raw.told(2)).toEqual(['CCOMMIT', 'ZI', 'T', 'D5', 'CSELECT 1', 'ZI'])
  })

  test('a portal gives its rows by portions, and Flush what there is', async () => {
    const raw = await client()
    raw.say(message('Q', text('begin')))
    await raw.told()
    raw.say(parse('', 'select generate_series(1, 5)'), bind('p', ''), execute('p', 2), flush)
    expect(await raw.until('s')).toEqual(['1', '2', 'D1', 'D2', 's'])
    raw.say(execute('p', 2), execute('p', 2), sync, message('Q', text('commit')))
    expect(await raw.told(2)).toEqual(['D3', 'D4', 's', 'D5', 'CSELECT 1', 'ZT', 'CCOMMIT', 'ZI'])
  })

  test('notices come in their places, with errors among them', async () => {
    const raw = await client()
    raw.say(message('Q', text("do $$begin raise notice 'one'; raise warning 'two'; end$$; select 1/0; select 2")))
    expect(await raw.told()).toEqual(['None', 'Ntwo', 'CDO', 'E22012', 'ZI'])
  })

  test('COPY that fails takes the rest of its rows and none of them stays', async () => {
    const raw = await client()
    raw.say(message('Q', text('create table copied (i int)')))
    await raw.told()
    const rows = (...lines: string[]) => lines.map((line) => message('d', Buffer.from(`${line}\n`)))
    raw.say(message('Q', text('copy copied from stdin')), ...rows('1', 'x', '3'), message('c'))
    raw.say(message('Q', text('select count(*) from copied')))
    expect(await raw.told(2)).toEqual(['G', 'E22P02', 'ZI', 'T', 'D0', 'CSELECT 1', 'ZI'])
    raw.say(message('Q', text('copy copied from stdin; select 7')), ...rows('1', '2'), message('c'))
    expect(await raw.told()).toEqual(['G', 'CCOPY 2', 'T', 'D7', 'CSELECT 1', 'ZI'])
    raw.say(message('Q', text('copy copied from stdin')), ...rows('9'), message('f', text('no more')))
    expect(await raw.told()).toEqual(['G', 'E57014', 'ZI'])
    raw.say(parse('', 'copy copied to stdout'), bind('', ''), execute(''), sync)
    expect(await raw.told()).toEqual(['1', '2', 'H', 'd', 'd', 'c', 'CCOPY 2', 'ZI'])
  })

  test('twenty at once, each with transactions, statements and a channel of its own', async () => {
    const all = Array.from({length: 20}, () => open(served.address))
    await all[0]!`create table many (who int, n int)`
    const heard: string[] = []
    await all[19]!.listen('many', (payload) => heard.push(payload))
    await Promise.all(
      all.map(async (sql, who) => {
        for (let n = 0; n < 5; n++)
          await sql
            .begin(async (tx) => {
              await tx`insert into many values (${who}, ${n})`
              await tx`select pg_notify('many', ${`${who}`})`
              if (n === 4) throw new Error('back')
            })
            .catch((error: Error) => expect(error.message).toBe('back'))
      }),
    )
    expect(await all[1]!`select count(*)::int as n, count(distinct who)::int as w from many`).toEqual([{n: 80, w: 20}])
    await expect.poll(() => heard.length, {timeout: 5000}).toBe(80)
    await Promise.all(all.map((sql) => sql.end({timeout: 1})))
  })

  test('one who goes in the middle of a COPY or a pipeline leaves nothing', async () => {
    const [one, other, third] = [await client(), await client(), await client()]
    one.say(message('Q', text('create table gone (i int)')))
    await one.told()
    one.say(message('Q', text('copy gone from stdin')), message('d', Buffer.from('1\n')))
    await one.until('G')
    one.leave()
    other.say(parse('', 'insert into gone values (2)'), bind('', ''), execute(''), flush)
    await other.until('CINSERT 0 1')
    other.leave()
    third.say(message('Q', text('select count(*) from gone')))
    expect(await third.told()).toEqual(['T', 'D0', 'CSELECT 1', 'ZI'])
  })

  test('rows of 12 MB go both ways', async () => {
    const sql = open(served.address)
    const big = 'ä'.repeat(6_000_000)
    expect((await sql`select length(${big}::text) as n, ${big}::text || 'x' as back`)[0]).toEqual({
      n: big.length,
      back: `${big}x`,
    })
    await sql.end({timeout: 1})
  })
})

// What is asked of a connection that speaks the replication protocol: its settings, its slot, and pgoutput with all that pgext reads of it.
import type {Client} from 'pg'
import {PgoutputPlugin} from 'pg-logical-replication'
import {quoteText} from '../../postgres/quote.ts'
import {SESSION} from '../session.ts'
import {Decoder} from './decode.ts'
import {readLsn, showLsn} from './position.ts'
import type {StreamOptions} from './stream.ts'

export class Plugin extends PgoutputPlugin {
  readonly decoder = new Decoder()
  /** when the server has agreed to send */
  readonly started: Promise<void>
  /** milliseconds after which the server gives up a reader that says nothing; 0: never */
  timeout = 0
  isConnected = false
  from: bigint
  readonly asked: StreamOptions
  #begun!: () => void

  constructor(asked: StreamOptions) {
    super({protoVersion: 1, publicationNames: [asked.publication], messages: true})
    this.asked = asked
    this.from = asked.from
    this.started = new Promise((resolve) => {
      this.#begun = resolve
    })
  }

  /** The library's own makes dates and numbers of values, signed numbers of oids, and takes byte order marks away. */
  override parse(bytes: Buffer): any {
    return this.decoder.decode(bytes)
  }

  override async start(client: Client, slot: string): Promise<any> {
    const {isTemporary, publication} = this.asked
    this.isConnected = true
    for (const [name, value] of Object.entries(SESSION)) await client.query(`set ${name} = ${quoteText(value)}`)
    const {rows} = await client.query(`select setting from pg_catalog.pg_settings where name = 'wal_sender_timeout'`)
    this.timeout = Number(rows[0]?.setting ?? 0)
    if (isTemporary) {
      const {rows} = await client.query(`CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`)
      this.from = readLsn(rows[0].consistent_point)
    }
    ;(client as any).connection.once('replicationStart', this.#begun)
    // the list of publications is a text of quoted names
    const publications = quoteText(`"${publication.replaceAll('"', '""')}"`)
    return client.query(
      `START_REPLICATION SLOT ${slot} LOGICAL ${showLsn(this.from)} (proto_version '1', publication_names ${publications}, messages 'true')`,
    )
  }
}

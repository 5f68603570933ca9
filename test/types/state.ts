// The schema of shop.sql in, its catalog and its types out: on an embedded PostgreSQL of a major.
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Catalog} from '../../src/diff/model.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {type Binaries, findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {typesOf} from '../../src/types/types.ts'

export const SHOP = join(import.meta.dirname, 'shop.sql')
export const DATABASE = join(import.meta.dirname, 'shop.database.ts')

export interface Shop {
  readonly db: Db
  readonly catalog: Catalog
  readonly types: string
  close(): Promise<void>
}

export async function openShop(binaries: Binaries = findBinaries(18)!): Promise<Shop> {
  const cluster: Cluster = await startCluster(binaries)
  const db = await connect(cluster.url('postgres'))
  await db.script(await readFile(SHOP, 'utf8'))
  const catalog = await read(db)
  const types = await typesOf(catalog, {external: [], declares: false})
  return {
    db,
    catalog,
    types,
    async close() {
      await db.close()
      await cluster.close()
    },
  }
}

/** What is committed, or written anew where it is asked for. */
export async function committed(types: string): Promise<string> {
  if (process.env.PGEXT_WRITE) await writeFile(DATABASE, types)
  return readFile(DATABASE, 'utf8')
}

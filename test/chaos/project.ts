// A server in, a project on it out whose migrations are written by pgext, a database that waits for them, and what comes of them undisturbed.
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'vitest'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {pgext} from '../commands/run.ts'
import type {Server} from './server.ts'
import {BASE, BY_HAND, DESIRED, KEPT, LEFT, ROWS} from './shop.ts'

export interface Found {
  readonly fingerprint: string
  readonly kept: string
  readonly left: readonly string[]
  /** version and number of each part */
  readonly journal: string
}

export interface Project {
  readonly folder: string
  readonly server: Server
}

export const TEMPLATE = 'shop'

export async function makeProject(server: Server): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'pgext-chaos-'))
  await mkdir(join(folder, 'migrations'))
  await writeFile(join(folder, 'migrations', '20260101T000000_base.sql'), BASE)
  await on(server, 'postgres', (db) => db.script(`create database ${TEMPLATE}`))
  const run = (...args: string[]) => pgext([...args, '-C', folder], {env: {DATABASE_URL: server.url(TEMPLATE)}})
  await writeFile(join(folder, 'schema.sql'), BASE)
  await ends(run('migrate', '--yes'))
  await on(server, TEMPLATE, (db) => db.script(`set search_path = ''; ${ROWS}`))
  await writeFile(join(folder, 'migrations', '20260102T000000_by_hand.sql'), BY_HAND)
  await writeFile(join(folder, 'schema.sql'), DESIRED)
  const renames = ['table shop.old_note=shop.remark', 'column shop.remark.note=remark'].flatMap((rename) => ['--rename', rename])
  await ends(run('migrate:new', 'mixed', ...renames))
  return {folder, server}
}

async function ends(running: ReturnType<typeof pgext>): Promise<void> {
  const {code, out, err} = await running
  expect(code, `${out}${err}`).toBe(0)
}

export async function removeProject({folder}: Project): Promise<void> {
  await rm(folder, {recursive: true, force: true})
}

export async function on<T>(server: Server, database: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = await connect(server.url(database))
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** A fresh copy of the shop, with its rows. */
export async function copyShop(server: Server, name: string): Promise<void> {
  await on(server, 'postgres', async (db) => {
    await db.script(`drop database if exists ${name} with (force)`)
    await db.script(`create database ${name} template ${TEMPLATE}`)
  })
}

export async function look(server: Server, database: string): Promise<Found> {
  return on(server, database, async (db) => {
    const [kept] = await db.query(KEPT)
    const [journal] = await db.query(
      `select string_agg(version || '/' || block || ' ' || checksum, ', ' order by version, block) as parts from pgext.migration_block`,
    )
    return {
      fingerprint: (await read(db)).fingerprint,
      kept: kept!.kept,
      left: (await db.query(LEFT)).map((row) => row.left),
      journal: journal!.parts,
    }
  })
}

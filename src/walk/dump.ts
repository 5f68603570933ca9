// A live database in; its schema as files, loaded once to see that they make it again, out.
import {asBefore} from '../diff/before.ts'
import {compare} from '../diff/compare.ts'
import {type Pattern, readPattern} from '../diff/ignore.ts'
import type {Catalog} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import {unversioned} from '../diff/version.ts'
import {uncheckedBodies} from '../dump/bodies.ts'
import {type Dump, dump} from '../dump/dump.ts'
import type {DumpOptions} from '../dump/model.ts'
import {ownedBy} from '../dump/owned.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Dumped, DumpRequest} from './model.ts'
import {rolesIn} from './named.ts'
import {type Known, openFiles, openLive, reprint, type Workplace} from './sides.ts'

export async function dumpOf(request: DumpRequest, place: Workplace): Promise<Dumped> {
  place.tell('reading the database')
  const {connect} = await import('../postgres/native.ts')
  const {url} = request
  const {options, dumped} = await dumpedFrom(await connect(url), request, place)
  return proven(dumped, options, request, place, () => openLive(url, url, place, options.roles))
}

/** A state that is no database's. */
export async function dumpFrom(state: Known, request: Omit<DumpRequest, 'url'>, place: Workplace): Promise<Dumped> {
  const database = await state.clone()
  const {options, dumped} = await dumpedFrom(await database.connect(), request, place)
  await database.drop()
  return proven(dumped, options, request, place, async () => state)
}

type Wanted = Omit<DumpRequest, 'url'>

async function dumpedFrom(db: Db, request: Wanted, place: Workplace) {
  const {settings} = place.project
  const {whole, roles, unchecked} = await look(db, request)
  const options: DumpOptions = {
    split: request.split,
    functions: request.functions,
    ownership: settings.ownership,
    external: settings.external,
    ignore: settings.ignore.map((text) => readPattern(text) as Pattern),
    roles,
    unchecked,
  }
  return {options, dumped: await dump(whole, options)}
}

async function proven(
  dumped: Dump,
  options: DumpOptions,
  request: Wanted,
  place: Workplace,
  open: () => Promise<Known>,
): Promise<Dumped> {
  if (!request.prove) return {...dumped, proven: null}
  try {
    return {...dumped, proven: await prove(dumped, options, place, open)}
  } catch (error) {
    if (!(error instanceof PgextError) || !UNAVAILABLE.has(error.code)) throw error
    return {...dumped, notes: [...dumped.notes, `not proven: ${error.message}`], proven: null}
  }
}

/** There is no server here on which the files could be loaded. */
const UNAVAILABLE = new Set(['engine-missing', 'extension-missing', 'role-missing', 'tablespace-missing'])

/** Closes it. */
async function look(db: Db, {roles: wanted}: Wanted) {
  try {
    const unchecked = await uncheckedBodies(db)
    const whole = unversioned(asBefore(await read(db)))
    const roles = wanted ? spokenOf(whole) : new Set<string>()
    return {unchecked, roles, whole: roles.size > 0 ? unversioned(asBefore(await read(db, roles))) : whole}
  } finally {
    await db.close()
  }
}

/** PostgreSQL's own are there, and whoever loads the files is, too. */
function spokenOf(catalog: Catalog): Set<string> {
  return new Set([...rolesIn(catalog)].filter((role) => !role.startsWith('pg_') && role !== catalog.server.user))
}

async function prove(
  {files, catalog}: Dump,
  options: DumpOptions,
  place: Workplace,
  open: () => Promise<Known>,
): Promise<number> {
  place.tell('loading what was dumped')
  const state = await openFiles(files, 'the dump', place)
  const {server} = catalog
  let wanted = catalog
  if (state.catalog.server.major !== server.major) {
    wanted = ownedBy({...(await reprint(await open(), place, new Set())).catalog, server}, options)
  }
  const left = compare(ownedBy({...unversioned(state.catalog), server}, options), wanted)
  if (left.length === 0) return state.catalog.server.major
  const ids = left.slice(0, 10).map((change) => `  ${change.verb === 'drop' ? change.from.id : change.to.id}`)
  throw new PgextError(
    'proof-failed',
    `loading the dump makes another schema; these objects come out different:\n${ids.join('\n')}`,
    {
      hint: '--no-prove writes it all the same',
    },
  )
}

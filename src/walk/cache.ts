// What made a state in, the state as it was read the last time out, if it ever was: an unchanged side costs no shadow at all.
import {createHash} from 'node:crypto'
import {mkdir, readdir, readFile, rm, stat, utimes} from 'node:fs/promises'
import {join} from 'node:path'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import type {Loaded, Written} from '../shadow/model.ts'
import {writeWhole} from '../whole.ts'

export interface Kept {
  readonly catalog: Catalog
  readonly loaded?: Loaded
  readonly notes?: readonly string[]
  readonly attached?: ReadonlySet<ObjectId>
  /** its catalog is all that there was in it */
  readonly isBare?: boolean
}

/** Raised with every change to what is read or how a state is kept. */
const FORMAT = 14
const MOST = 30

/** @param parts all that decides what will be read: files, settings, versions */
export function keyOf(parts: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, parts]))
    .digest('hex')
    .slice(0, 40)
}

/** A kept state that can't be read is as good as none. */
export async function recall(key: string): Promise<Kept | undefined> {
  try {
    const file = join(await folder(), `${key}.json`)
    const bytes = await readFile(file)
    const end = bytes.indexOf('\n')
    const {fingerprint, server, unmodelled, denied, loaded, notes, attached, isBare, size} = JSON.parse(
      bytes.toString('utf8', 0, end),
    )
    if (bytes.length - end - 1 !== size) return undefined
    await touch(file)
    const catalog = catalogLater(bytes.subarray(end + 1), fingerprint, server, unmodelled, denied)
    return {
      catalog,
      ...(loaded && {loaded: revive(loaded)}),
      ...(notes && {notes}),
      ...(attached && {attached: new Set<ObjectId>(attached)}),
      ...(isBare && {isBare}),
    }
  } catch {
    return undefined
  }
}

/** Somebody else's cache may be read, too. */
async function touch(file: string): Promise<void> {
  const now = new Date()
  await utimes(file, now, now).catch(() => {})
}

/** A catalog whose fingerprint is known; equal ones never come to look at their objects. */
function catalogLater(
  text: Buffer,
  fingerprint: string,
  server: Catalog['server'],
  unmodelled: Catalog['unmodelled'],
  denied: Catalog['denied'],
): Catalog {
  let made: ReadonlyMap<ObjectId, CatalogObject> | undefined
  return Object.freeze({
    get objects() {
      made ??= new Map((JSON.parse(text.toString('utf8')) as CatalogObject[]).map((o) => [o.id, o]))
      return made
    },
    fingerprint,
    server,
    unmodelled,
    denied,
  })
}

export async function keep(key: string, {catalog, loaded, notes, attached, isBare}: Kept): Promise<void> {
  const dir = await folder().catch(() => undefined)
  if (!dir) return
  const {fingerprint, server, unmodelled, denied} = catalog
  const body = JSON.stringify([...catalog.objects.values()])
  const size = Buffer.byteLength(body)
  const about = {loaded: loaded && flatten(loaded), notes, attached: attached && [...attached], isBare}
  const text = `${JSON.stringify({fingerprint, server, unmodelled, denied, ...about, size})}\n${body}`
  await write(dir, key, text)
}

/** A full disk costs the next run its speed, not this one its result. */
async function write(dir: string, key: string, text: string, most = MOST): Promise<void> {
  try {
    writeWhole(join(dir, `${key}.json`), text, {mode: 0o600})
    await sweep(dir, most)
  } catch {}
}

/** Where it is kept, and how many of its kind. */
export interface Shelf {
  readonly name: string
  readonly most: number
}

const FOUND: Shelf = {name: 'found', most: MOST}

/** What was found out about a state at some cost, as JSON. */
export async function recallFound<T>(key: string, {name}: Shelf = FOUND): Promise<T | undefined> {
  try {
    const file = join(await folder(name), `${key}.json`)
    const found = JSON.parse(await readFile(file, 'utf8'))
    await touch(file)
    return found
  } catch {
    return undefined
  }
}

export async function keepFound(key: string, found: unknown, {name, most}: Shelf = FOUND): Promise<void> {
  const dir = await folder(name).catch(() => undefined)
  if (dir) await write(dir, key, JSON.stringify(found), most)
}

async function folder(name = 'states'): Promise<string> {
  const {cacheFolder} = await import('../shadow/home.ts')
  const dir = join(cacheFolder(), name)
  await mkdir(dir, {recursive: true, mode: 0o700})
  return dir
}

async function sweep(dir: string, most: number): Promise<void> {
  const all = await readdir(dir)
  const names = all.filter((name) => name.endsWith('.json'))
  const [left, kept] = await Promise.all([
    agesOf(
      dir,
      all.filter((name) => !name.endsWith('.json')),
    ),
    names.length > most ? agesOf(dir, names) : [],
  ])
  // what was being written when its process was killed
  const dead = left.filter(({at}) => Date.now() - at > HOUR)
  const old = kept.sort((a, b) => b.at - a.at).slice(most)
  await Promise.all([...dead, ...old].map(({path}) => rm(path, {force: true}).catch(() => {})))
}

/** All at once; what another process has swept meanwhile is none of them. */
async function agesOf(dir: string, names: readonly string[]): Promise<{readonly path: string; readonly at: number}[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(dir, name)
      const at = await stat(path).then(
        ({mtimeMs}) => mtimeMs,
        () => undefined,
      )
      return at === undefined ? [] : [{path, at}]
    }),
  )
  return found.flat()
}

const HOUR = 3_600_000

function flatten(loaded: Loaded): object {
  return Object.fromEntries(
    Object.entries(loaded).map(([key, value]) => [key, value instanceof Set || value instanceof Map ? [...value] : value]),
  )
}

function revive(plain: any): Loaded {
  return {
    functions: new Set<ObjectId>(plain.functions),
    written: new Map<ObjectId, Written>(plain.written),
    rolesCreated: new Set(plain.rolesCreated),
    rolesMentioned: new Set(plain.rolesMentioned),
    grantees: new Set(plain.grantees),
    schemas: new Set(plain.schemas),
    ownersSet: new Set<ObjectId>(plain.ownersSet),
    versions: new Set(plain.versions),
    attached: new Set<ObjectId>(plain.attached),
    renames: plain.renames,
    conversions: plain.conversions,
    notes: plain.notes,
  }
}

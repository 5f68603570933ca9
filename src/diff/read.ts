// A session in, its Catalog out: one round trip, one REPEATABLE READ transaction, all kinds' queries in one script.
import {hash} from 'node:crypto'
import {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'
import {alike} from './alike.ts'
import {askEach, catalogsIn, type Denied, isDenied, type Piece, unreadable} from './denied.ts'
import {idAbout, idOf} from './id.ts'
import {kinds} from './kinds/index.ts'
import {mentions} from './mentions.ts'
import type {Catalog, CatalogObject, Kind, ObjectId} from './model.ts'
import {UNMODELLED, type Unmodelled} from './unmodelled.ts'

interface RawRow {
  address: string
  name: string[] | null
  signature?: string | null
  parent?: string | null
  position?: number
  body: any
  /** of kind and body: made while the server is still busy with the next kind */
  hash: string
  needs?: string[]
  soft?: string[]
  claims?: string[]
  beside?: any
  /** of the cluster's roles it is about: it is read only if all of them are asked for */
  roles?: string[]
  /** this object is a fact about the one at that address; its id is named after it */
  about?: string | null
  detail?: string | null
  /** function bodies: text in which names of other objects may stand */
  text?: string
}

/**
 * All dependencies but: those on pinned objects (not stored); a sequence's on the column that owns it (a fact of its own);
 * a partition's on its parent and a partition's index or key on the parent's (attachments are facts of their own); a foreign key's triggers'.
 */
const DEPENDENCIES = `
  select string_agg(concat(
    k.relname, '/', d.objid, '/', d.objsubid, ' ', r.relname, '/', d.refobjid, '/', d.refobjsubid, ' ', d.deptype), ',') as edges
  from pg_depend d
  join pg_class k on k.oid = d.classid
  join pg_class r on r.oid = d.refclassid
  left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
  where d.deptype in ('n', 'a', 'i', 'e')
    and (d.deptype = 'a' and c.relkind = 'S') is not true
    and (d.deptype = 'a' and c.relispartition and c.relkind in ('r', 'p', 'f') and d.objsubid = 0 and d.refclassid = 'pg_class'::regclass and d.refobjsubid = 0) is not true
    and not (d.classid = 'pg_constraint'::regclass and d.refclassid = 'pg_constraint'::regclass and d.deptype in ('a', 'i'))
    and not (d.classid = 'pg_trigger'::regclass and d.refclassid = 'pg_constraint'::regclass)`

/** What pg_get_*def print partly comes from newer catalogs than the snapshot's: these rows tell whether any changed meanwhile. */
const STAMPED = ['pg_class', 'pg_proc', 'pg_constraint', 'pg_attrdef', 'pg_trigger', 'pg_policy', 'pg_rewrite', 'pg_type']
const stampOf = (names: readonly string[]) =>
  `select ${['null', ...names]
    .map((name) => {
      if (name === 'null') return "''"
      const lasting = name === 'pg_class' ? `where relpersistence <> 't'` : ''
      return `(select count(*) || '/' || coalesce(sum(hashtext(xmin::text)::bigint), 0) from ${name} ${lasting})`
    })
    .join(` || ' ' || `)} as stamp`
const STAMP = stampOf(STAMPED)

/** Catalogs nobody has analysed look empty to the planner, and its nested loops over them are quadratic. */
const BEGIN =
  'begin isolation level repeatable read read only; set local jit = off; set local enable_nestloop = off; set local enable_mergejoin = off; set local max_parallel_workers_per_gather = 0'

const TRIES = 4

/** @param roles those to read, since roles are the cluster's, and most of them are nobody's business here */
export async function read(db: Db, roles: ReadonlySet<string> = new Set()): Promise<Catalog> {
  for (let tries = 1; ; tries++) {
    const seen = await readOnce(db, roles)
    if (seen) return seen
    if (tries === TRIES) {
      throw new PgextError('target-moved', `the schema of ${db.server.database} keeps changing while it is read`, {
        hint: 'wait until other migrations are done, then run the command again',
      })
    }
  }
}

/** undefined: the schema changed while it was read. */
async function readOnce(db: Db, roles: ReadonlySet<string>): Promise<Catalog | undefined> {
  const pieces: Piece[] = [
    ...kinds.map((kind) => ({kind: kind.name, facts: kind.facts ?? false, sql: asJson(kind.query(db.server))})),
    {kind: 'objects that are not compared', facts: true, sql: asJson(UNMODELLED)},
    {kind: 'dependency', facts: false, vital: true, sql: DEPENDENCIES},
  ]
  const script = [BEGIN, STAMP, ...pieces.map(({sql}) => sql), 'commit', STAMP].join(';\n')
  const results: any[] = []
  const look = (rows: Row[]) => {
    if (rows[0]?.rows === undefined) return
    const parsed = JSON.parse(rows[0].rows)
    const kind = kinds[results.push(parsed) - 1]
    if (kind) for (const row of parsed) row.hash = hashOf(kind.name, row.body)
  }
  let denied: readonly Denied[] = []
  const answers = await db.script(script, look).catch(async (error) => {
    await db.script('rollback').catch(() => {})
    if (isDenied(error)) {
      results.length = 0
      const closed = await unreadable(db, [...new Set(pieces.flatMap(({sql}) => catalogsIn(sql)))])
      const stamp = stampOf(STAMPED.filter((name) => !closed.has(name)))
      const given = [...(await db.script(`${BEGIN}; ${stamp}; savepoint piece`))]
      denied = await askEach(db, pieces, closed, (rows) => {
        given.push(rows)
        look(rows)
      })
      return [...given, ...(await db.script(`commit; ${stamp}`))]
    }
    // an object that went while it was printed
    if (error instanceof PgextError && error.sqlstate === 'XX000') return undefined
    throw error
  })
  if (!answers) return undefined
  const stamps = new Set(answers.flatMap((rows) => rows[0]?.stamp ?? []))
  if (stamps.size > 1) return undefined
  const edges = answers.flatMap((rows) => rows[0]?.edges ?? [])[0] ?? ''
  const unmodelled: Unmodelled[] = results.pop()
  const isRead = (row: RawRow) => !row.roles || row.roles.every((role) => roles.has(role))
  return assemble(
    kinds.map((kind, at) => ({kind, rows: (results[at] as RawRow[]).filter(isRead)})),
    edges,
    unmodelled,
    denied,
    db,
  )
}

const asJson = (query: string): string => `select coalesce(json_agg(row_to_json(k)), '[]')::text as rows from (${query}) k`

function assemble(
  read: {kind: Kind; rows: RawRow[]}[],
  edges: string,
  unmodelled: Unmodelled[],
  denied: readonly Denied[],
  db: Db,
): Catalog {
  const ids = new Map<string, ObjectId>()
  const owner = new Map<string, string>() // internal parts → what they are part of
  const members = new Map<string, string>() // extension members → extension
  const references = new Map<string, string[]>()
  for (const edge of edges ? edges.split(',') : []) {
    const [from, to, type] = edge.split(' ') as [string, string, string]
    if (type === 'e') members.set(from, to)
    else {
      if (type === 'i' && !owner.has(from)) owner.set(from, to)
      const list = references.get(from)
      if (list) list.push(to)
      else references.set(from, [to])
    }
  }

  const isMember = (address: string): boolean => {
    if (members.size === 0) return false
    for (let at: string | undefined = address, n = 0; at !== undefined && n < 9; at = owner.get(at), n++) {
      if (members.has(at)) return true
      if (!at.endsWith('/0') && members.has(whole(at))) return true
    }
    return false
  }

  // named objects first, then the facts about them (which may be about facts: a comment on a column)
  const named: {kind: Kind; row: RawRow; id: ObjectId}[] = []
  for (const {kind, rows} of read) {
    for (const row of rows) {
      if (row.about != null || isMember(row.address) || (row.parent && isMember(row.parent))) continue
      const id = idOf(kind.name, row.name!, row.signature ?? '')
      ids.set(row.address, id)
      named.push({kind, row, id})
    }
  }

  /** the object an address stands for: its own, the one it is an internal part of, its whole, or its extension */
  const resolve = (address: string): ObjectId | undefined => {
    for (let at: string | undefined = address, n = 0; at !== undefined && n < 9; n++) {
      const id = ids.get(at)
      if (id) return id
      const extension = members.get(at)
      if (extension) return ids.get(extension)
      const next: string | undefined = owner.get(at)
      at = next ?? (at.endsWith('/0') ? undefined : whole(at))
    }
    return undefined
  }

  // what stands under an object's internal parts is needed by the object itself (a view's rule, a table's row type)
  const parts = new Map<string, string[]>()
  for (const [part, whole] of owner) {
    const list = parts.get(whole)
    if (list) list.push(part)
    else parts.set(whole, [part])
  }
  const needsOf = (address: string, self: ObjectId): Set<ObjectId> => {
    const found = new Set<ObjectId>()
    let seen: Set<string> | undefined
    const walk = (at: string) => {
      for (const to of references.get(at) ?? []) {
        const id = resolve(to)
        if (id && id !== self) found.add(id)
      }
      for (const part of parts.get(at) ?? []) {
        if (part === address || ids.has(part) || seen?.has(part)) continue
        seen = (seen ?? new Set()).add(part)
        walk(part)
      }
    }
    walk(address)
    return found
  }

  const subjects = new Set(named.map(({id}) => id))
  const facts: {kind: Kind; row: RawRow; id: ObjectId; subject: ObjectId}[] = []
  for (const {kind, rows} of read) {
    for (const row of rows) {
      if (row.about == null || isMember(row.about)) continue
      // a column that could not be looked at: its facts are not its table's
      if (denied.length > 0 && !row.about.endsWith('/0') && !ids.has(row.about) && row.body?.column === undefined) continue
      const subject = resolve(row.about)
      if (!subject || !subjects.has(subject)) continue
      const id = idAbout(kind.name, subject, row.detail ?? '')
      if (row.address && !ids.has(row.address)) ids.set(row.address, id)
      facts.push({kind, row, id, subject})
    }
  }

  const objects = new Map<ObjectId, CatalogObject>()
  const add = (
    kind: Kind,
    row: RawRow,
    id: ObjectId,
    name: readonly string[],
    parent?: ObjectId,
    needs = new Set<ObjectId>(),
  ) => {
    if (parent) needs.add(parent)
    for (const extra of row.needs ?? []) {
      const need = extra && resolve(extra)
      if (need && need !== id) needs.add(need)
    }
    objects.set(id, {
      id,
      kind: kind.name,
      name,
      ...(row.signature ? {signature: row.signature} : {}),
      ...(parent ? {parent} : {}),
      position: row.position ?? 0,
      body: row.body,
      ...(row.beside ? {beside: row.beside} : {}),
      needs: needs.size > 1 ? [...needs].sort() : [...needs],
      softNeeds: row.soft ? row.soft.flatMap((extra) => resolve(extra) ?? []).filter((need) => need !== id) : NONE,
      claims: row.claims ?? NONE,
      hash: row.hash,
    })
  }
  for (const {kind, row, id} of named) {
    add(kind, row, id, row.name!, row.parent ? resolve(row.parent) : undefined, needsOf(row.address, id))
  }
  for (const {kind, row, id, subject} of facts) add(kind, row, id, objects.get(subject)!.name, subject)
  for (const [id, softNeeds] of mentions(named, objects)) objects.set(id, {...objects.get(id)!, softNeeds})
  return catalogOf(objects, db.server, unmodelled, denied)
}

const NONE: readonly never[] = Object.freeze([])

const whole = (address: string): string => `${address.slice(0, address.lastIndexOf('/'))}/0`

/** Objects in, a frozen Catalog out; its fingerprint is made when it is first asked for. */
export function catalogOf(
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  server: Catalog['server'],
  unmodelled: readonly Unmodelled[] = [],
  denied: readonly Denied[] = [],
): Catalog {
  let made: string | undefined
  return Object.freeze({
    objects,
    get fingerprint() {
      made ??= fingerprintOf(objects)
      return made
    },
    server,
    unmodelled,
    denied,
  })
}

function fingerprintOf(objects: ReadonlyMap<ObjectId, CatalogObject>): string {
  const lines = [...objects.keys()].sort().map((id) => `${id}\0${objects.get(id)!.hash}\n`)
  return hash('sha256', lines.join('')).slice(0, 32)
}

export function hashOf(kind: string, body: unknown): string {
  return hash('sha1', kind + alike(kind, body), 'base64url')
}

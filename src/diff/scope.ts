// Two catalogs and what the files declare in, the two that are compared out: what is not pgext's is left alone, and named.
import {attachedIn} from './attached.ts'
import type {Denied} from './denied.ts'
import {idAbout} from './id.ts'
import {ignoredIn, type Pattern} from './ignore.ts'
import {carry, Leaving} from './leave.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {catalogOf} from './read.ts'
import {rootOf} from './root.ts'
import {schemasOf} from './schemas.ts'
import {makers} from './theirs.ts'
import {unversioned} from './version.ts'

export interface Scope {
  /** the side that files made: what it does not speak of is not theirs */
  readonly declares: 'current' | 'desired'
  /** schemas the files create or place objects in; undefined: all are managed */
  readonly schemas?: ReadonlySet<string>
  /** a side is a database, which may have what no file and no migration has */
  readonly live?: boolean
  /** extensions whose versions the files say: those of others are not compared */
  readonly versions?: ReadonlySet<string>
  /** extensions that the files don't name are left alone */
  readonly keepExtensions: boolean
  readonly ownership: 'lenient' | 'strict'
  readonly grantees: ReadonlySet<string>
  readonly ownersSet: ReadonlySet<ObjectId>
  readonly roles: ReadonlySet<string>
  /** partitions that the files don't name, under a parent that they do, are left alone */
  readonly keepPartitions: boolean
  readonly external: {readonly schemas: readonly string[]; readonly extensions: readonly string[]}
  /** triggers, policies and rules on tables of others that the project made, wherever those stand */
  readonly attached?: ReadonlySet<ObjectId>
  /** the project's own words for what is left alone on both sides */
  readonly ignore: readonly Pattern[]
  /** what extensions made at run time is left alone: all of it, or what no file declares */
  readonly keepMade?: 'all' | 'undeclared'
  /** kinds that one side's role may not see, and why */
  readonly denied: readonly Denied[]
  /** settled already: for a state that was planned to */
  readonly carried?: ReadonlySet<ObjectId>
}

/** Everything is compared: both sides are databases. */
export const EVERYTHING: Scope = {
  declares: 'desired',
  keepExtensions: false,
  ownership: 'strict',
  grantees: new Set(),
  ownersSet: new Set(),
  roles: new Set(),
  keepPartitions: false,
  external: {schemas: [], extensions: []},
  ignore: [],
  denied: [],
}

export interface Unseen extends Denied {
  /** what the declaring side has of them */
  readonly declared: readonly ObjectId[]
  /** it may have some: nobody can say that nothing differs */
  readonly decides: boolean
}

export interface Scoped {
  readonly current: Catalog
  readonly desired: Catalog
  readonly notes: readonly string[]
  /** parts of managed objects that are left alone: both sides have them as the current state does, so that they come back with what they hang on */
  readonly carried: ReadonlySet<ObjectId>
  /** kinds that could not be looked at, with what the declaring side has of them */
  readonly unseen: readonly Unseen[]
  /** what the current state has, and neither side's comparison sees; partitions, which follow their parent, are not meant */
  readonly left: ReadonlySet<ObjectId>
}

export function scope(one: Catalog, other: Catalog, rules: Scope): Scoped {
  const [current, desired] = [unversioned(one, rules.versions), unversioned(other, rules.versions)]
  const leaving = new Leaving()
  const declared = rules.declares === 'current' ? current : desired
  const kept = new Map<Catalog, Set<ObjectId>>()
  const denied = new Set(rules.denied.map(({kind}) => kind))
  const unseen: CatalogObject[] = []
  const used = new Set<Pattern>()
  const madeBy = rules.keepMade
    ? makers([current, desired], rules.keepMade === 'undeclared' ? declared : undefined)
    : () => undefined
  const managed = (catalog: Catalog) => {
    const made = new Set<ObjectId>()
    const roots = partitionsLeft(catalog, declared, rules)
    kept.set(catalog, roots)
    for (const id of roots) leaving.name('partition', id.slice('table '.length))
    for (const o of catalog.objects.values()) {
      const maker = madeBy(o, catalog)
      if (!maker || !isManaged(o, catalog, declared, rules, leaving)) continue
      if (isPartition(o, catalog)) roots.add(o.id)
      else made.add(o.id)
      leaving.name(`what extension ${maker} made:`, o.id)
    }
    const ignored = ignoredIn(catalog, rules.ignore)
    for (const id of ignored.named) leaving.ignore(id)
    for (const pattern of ignored.used) used.add(pattern)
    const attached = attachedTo(catalog, rules.attached, ignored.ids)
    const isKept = (o: CatalogObject) => {
      if (
        ignored.ids.has(o.id) ||
        made.has(o.id) ||
        roots.has(rootOf(o, catalog)) ||
        !isManaged(o, catalog, declared, rules, leaving)
      )
        return false
      if (!denied.has(o.kind)) return true
      if (catalog === declared) unseen.push(o)
      return false
    }
    const mine = filter(catalog, isKept, attached)
    for (const o of hanging(catalog, mine, rules)) leaving.name(o.kind, o.name.join('.'))
    return mine
  }
  const [mine, theirs] = [managed(current), managed(desired)]
  const carried = rules.carried ? [...rules.carried].flatMap((id) => current.objects.get(id) ?? []) : carry(current, mine, theirs)
  const [from, to] = [withParts(mine, carried), withParts(theirs, carried)]
  const isLeft = (o: CatalogObject) => !from.objects.has(o.id) && !kept.get(current)!.has(rootOf(o, current))
  return {
    current: from,
    desired: to,
    notes: [...leaving.notes(), ...idle(rules, used)],
    unseen: rules.denied.map((one) => {
      const ids = unseen.filter((o) => o.kind === one.kind).map((o) => o.id)
      return {...one, declared: ids, decides: ids.length > 0 || declared.denied.some(({kind}) => kind === one.kind)}
    }),
    carried: new Set(carried.map((o) => o.id)),
    left: new Set([...current.objects.values()].filter(isLeft).map((o) => o.id)),
  }
}

/** A pattern with a slip in it would leave nothing alone, and say nothing. What the role may not see it may mean. */
function idle({live, ignore, denied}: Scope, used: ReadonlySet<Pattern>): string[] {
  if (!live) return []
  const isOpen = ({kind, of}: Pattern) => !denied.some((one) => one.kind === kind || one.kind === of)
  const texts = ignore.filter((pattern) => !used.has(pattern) && isOpen(pattern)).map(({text}) => `"${text}"`)
  return texts.length > 0 ? [`"ignore" in pgext.json means nothing that is here: ${texts.join(', ')}`] : []
}

function isPartition(o: CatalogObject, catalog: Catalog): boolean {
  return o.kind === 'table' && catalog.objects.has(idAbout('partition', o.id))
}

/** Where the table is left alone because "ignore" says so, so is what hangs on it. */
function attachedTo(catalog: Catalog, ids: Scope['attached'], ignored: ReadonlySet<ObjectId>): Set<ObjectId> {
  const isIgnored = (id: ObjectId) => ignored.has(rootOf(catalog.objects.get(id)!, catalog))
  return new Set([...(ids ?? [])].filter((id) => catalog.objects.has(id) && !isIgnored(id)))
}

/** On others' tables, left alone, and at home with what is the project's: nobody may think that it is compared. */
function hanging(catalog: Catalog, mine: Catalog, {live, external}: Scope): CatalogObject[] {
  if (!live || external.schemas.length === 0) return []
  const found = [...attachedIn(catalog, external.schemas)].map((id) => catalog.objects.get(id)!)
  return found.filter((o) => !mine.objects.has(o.id))
}

function filter(catalog: Catalog, keep: (o: CatalogObject) => boolean, attached: ReadonlySet<ObjectId>): Catalog {
  const objects = new Map<ObjectId, CatalogObject>()
  for (const o of catalog.objects.values()) if (keep(o)) objects.set(o.id, o)
  // a fact about something that is left alone is left alone too
  for (const o of objects.values()) {
    for (let at: CatalogObject | undefined = o; at?.parent && !attached.has(at.id); at = catalog.objects.get(at.parent))
      if (!objects.has(at.parent)) objects.delete(o.id)
  }
  return objects.size === catalog.objects.size ? catalog : catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}

function withParts(catalog: Catalog, parts: readonly CatalogObject[]): Catalog {
  if (parts.length === 0) return catalog
  const objects = new Map(catalog.objects)
  for (const o of parts) objects.set(o.id, o)
  return catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}

function isManaged(o: CatalogObject, catalog: Catalog, declared: Catalog, rules: Scope, leaving: Leaving): boolean {
  const asked = askedFor(o)
  if (asked !== undefined) return rules.roles.has(asked)
  if (o.kind === 'extension') {
    if (rules.external.extensions.includes(o.name[0]!)) return false
    if (!rules.keepExtensions || declared.objects.has(o.id)) return true
    leaving.name('extension', o.name[0]!)
    return false
  }
  // somebody's replication, set up by hand where the publisher is known
  if (o.kind === 'subscription' && rules.schemas && !declared.objects.has(o.id)) {
    leaving.name('subscription', o.name[0]!)
    return false
  }
  if (!isSpokenOf(o, declared, rules)) {
    leaving.name(o.kind, o.name.join(' '))
    return false
  }
  for (const schema of schemasOf(o, catalog)) {
    if (rules.external.schemas.includes(schema)) return false
    if (rules.schemas && !rules.schemas.has(schema)) {
      leaving.name('schema', schema)
      return false
    }
  }
  return rules.ownership === 'strict' || isDeclared(o, declared, rules)
}

/** What is the cluster's, as those name it who read it (Kind.query, `roles`). */
function askedFor({kind, name: [one = '', other = '']}: CatalogObject): string | undefined {
  if (kind === 'role') return one
  if (kind === 'membership of others') return `member ${one} of ${other}`
  return kind === 'parameter privilege' && one === 'public' ? `public on ${other}` : undefined
}

/** Settings of databases are made by hand and by hosts, too: of a live one only those count that files name. */
function isSpokenOf(o: CatalogObject, declared: Catalog, rules: Scope): boolean {
  if (!SETTINGS.has(o.kind) || declared.objects.has(o.id)) return true
  return o.kind !== 'setting of all roles' && (rules.schemas === undefined || rules.ownership === 'strict')
}

const SETTINGS = new Set(['setting of all roles', 'database setting', 'database setting of role'])

/** Lenient ownership: owners and privileges only where a file speaks of them. */
function isDeclared(o: CatalogObject, declared: Catalog, rules: Scope): boolean {
  if (o.kind === 'owner') return rules.ownersSet.has(o.parent!)
  if (o.kind === 'privilege')
    return declared.objects.has(o.id) || (o.body.to !== 'owner' && rules.grantees.has(o.body.role ?? 'public'))
  if (o.kind === 'default privilege') return declared.objects.has(o.id) || rules.grantees.has(o.name[3]!)
  return true
}

/** Tables attached, at whatever depth, under a table that the files declare, while they themselves are not declared. */
function partitionsLeft(catalog: Catalog, declared: Catalog, {keepPartitions}: Scope): Set<ObjectId> {
  const left = new Set<ObjectId>()
  if (!keepPartitions) return left
  for (const o of catalog.objects.values()) {
    if (o.kind !== 'partition' || declared.objects.has(o.parent!)) continue
    for (let at: CatalogObject | undefined = o; at; ) {
      const above: ObjectId | undefined = at.needs.find((id) => id.startsWith('table ') && id !== at!.parent)
      if (above && declared.objects.has(above)) left.add(o.parent!)
      at = above && catalog.objects.get(idAbout('partition', above))
    }
  }
  return left
}

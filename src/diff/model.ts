// The words and types of the line: two catalogs in, one plan out.
//
// Glossary
//   object    one fact at the finest grain: a table, a column, a default, a comment, one grantee's privileges
//   id        its name-based identity, `column public.orders.note`; equal on both sides for the same object
//   address   PostgreSQL's own: catalog, oid, column number, as text `pg_class/16384/2`; lives only while a catalog is read
//   body      all that can differ between two objects of one id; plain JSON without the object's own name
//   parent    the object it dies with: dropping the parent drops it, creating the parent may make it
//   needs     the objects that must exist before it can; from pg_depend, never guessed
//   softNeeds names found in string bodies (functions); they order steps, and give way in a cycle
//   claims    names it takes in a shared namespace of PostgreSQL (an index and a table can't both be public.a)
//   current, desired   the two states, everywhere
//   change    a difference between two objects of one id
//   step      one statement of a plan
//   hazard    a reason to think before running a step
import type {Server} from '../postgres/db.ts'
import type {Naming} from './circle.ts'
import type {Cost} from './cost.ts'
import type {Denied} from './denied.ts'
import type {Unmodelled} from './unmodelled.ts'

export {type Cost, LOCK_MODES, type LockMode} from './cost.ts'

export type ObjectId = string & {readonly brand: 'ObjectId'}

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json}

export interface CatalogObject<B = any> {
  readonly id: ObjectId
  readonly kind: string
  /** the parts of its name, outermost first, unquoted: ['public', 'orders', 'note'] */
  readonly name: readonly string[]
  /** functions, operators, casts: the types, as PostgreSQL prints them, '(integer, text)' */
  readonly signature?: string
  readonly parent?: ObjectId
  /** a column's number, an enum label's place: kept when new things are made, never compared */
  readonly position: number
  readonly body: B
  /** what is known of it and never compared: who granted it, names of options that may be secrets */
  readonly beside?: any
  readonly needs: readonly ObjectId[]
  readonly softNeeds: readonly ObjectId[]
  readonly claims: readonly string[]
  /** of kind and body: equal hashes under one id mean nothing differs */
  readonly hash: string
}

export interface Catalog {
  readonly objects: ReadonlyMap<ObjectId, CatalogObject>
  /** of all ids and hashes */
  readonly fingerprint: string
  readonly server: Server
  /** objects of kinds that pgext does not compare */
  readonly unmodelled: readonly Unmodelled[]
  /** kinds whose objects the role may not see: none of them is here */
  readonly denied: readonly Denied[]
}

export type Change<B = any> =
  | {readonly verb: 'create'; readonly from?: undefined; readonly to: CatalogObject<B>}
  | {readonly verb: 'alter'; readonly from: CatalogObject<B>; readonly to: CatalogObject<B>}
  | {readonly verb: 'drop'; readonly from: CatalogObject<B>; readonly to?: undefined}

export type Verb = 'create' | 'alter' | 'drop' | 'rename'

export const HAZARDS = [
  'data-loss',
  'time-zone',
  'rewrite',
  'blocking-reads',
  'blocking-writes',
  'long-scan',
  'data-dependent',
  'breaks-code',
  'security-widened',
  'irreversible',
  'replication-affected',
  'incomplete',
] as const

/** `migrate` refuses them unless they are allowed. */
export const GATED: readonly HazardName[] = ['data-loss', 'time-zone']

export type HazardName = (typeof HAZARDS)[number]

export interface Hazard {
  readonly name: HazardName
  /** one sentence, lower case */
  readonly why: string
}

/**
 * Where a step may run: inside a transaction; alone, outside any; inside, but what follows needs its commit first;
 * apart, in a transaction that it shares with no other step, since it takes long and holds what they lock.
 */
export type Transaction = 'inside' | 'alone' | 'commit-after' | 'apart'

export interface Step {
  /** one statement, without the semicolon */
  readonly sql: string
  readonly object: ObjectId
  readonly verb: Verb
  /** ids that are as desired once it has run */
  readonly makes: readonly ObjectId[]
  /** ids that must be as desired before it runs */
  readonly needs: readonly ObjectId[]
  readonly softNeeds: readonly ObjectId[]
  /** ids of the current state that are gone once it has run; whatever needs them must be gone before */
  readonly breaks: readonly ObjectId[]
  /** ids of the current state that must be gone before it runs, although another step makes them anew */
  readonly awaits?: readonly ObjectId[]
  /** ids of the current state that the object stops needing with this step */
  readonly releases: readonly ObjectId[]
  /** names it takes, and names it sets free */
  readonly claims: readonly string[]
  readonly frees: readonly string[]
  /** an object whose dependents must be down while it runs (a column whose type changes, under a view) */
  readonly disturbs: readonly Disturbance[]
  readonly transaction: Transaction
  readonly hazards: readonly Hazard[]
  /** the columns and tables whose rows' values this step may change or lose, so that the proof expects it */
  readonly loses: readonly ObjectId[]
  /** columns whose values become what somebody has said: the proof knows no better */
  readonly converts?: readonly ObjectId[]
  /** outside a transaction: takes away what it leaves behind when it fails */
  readonly cleanup?: string
  /** known once the plan is priced; before only where its statement would not tell */
  readonly cost?: Cost
  /** it moves rows: the table they come from, and the name of that table in the current state */
  readonly moves?: {readonly from: readonly [string, string]; readonly was: readonly [string, string]}
  /** the search_path under which it runs, where it runs functions that rely on one; '' otherwise */
  readonly path?: string
  /** the same in smaller pieces, for when it stands in a cycle */
  readonly split?: () => readonly Step[]
}

export interface Disturbance {
  readonly id: ObjectId
  readonly takesDown: (dependent: CatalogObject) => boolean
}

export interface Plan {
  /** fingerprints */
  readonly from: string
  readonly to: string
  readonly steps: readonly Step[]
}

/** Done by the step that makes (or breaks) that other object. */
export interface Along {
  readonly with: ObjectId
}

/** What can't be done, and a sentence that says what to do. */
export interface Refusal {
  readonly refuse: string
}

export interface Context {
  readonly current: Catalog
  readonly desired: Catalog
  /** the target's server: kinds plan for its major, never the shadow's */
  readonly server: Server
  /** objects of the current state whose needs hold that id */
  dependents(id: ObjectId): readonly CatalogObject[]
  /** objects of that state whose parent is that id, by position */
  children(state: 'current' | 'desired', id: ObjectId): readonly CatalogObject[]
  /** it is (re)made by this plan: absent before, or dropped and made again */
  isMade(id: ObjectId): boolean
  /** it goes away in this plan (and may come back) */
  isBroken(id: ObjectId): boolean
  /** a table that others use while the plan runs, so that long work on it must not hold them up */
  isBusy(table: ObjectId): boolean
  /** what somebody has said of a column whose type changes: the expression that makes its new values of the old ones */
  using(column: ObjectId): string | undefined
}

/** An object that holds rows, made anew: the old one steps aside, the rows move, the old one goes. */
export interface Rebuild {
  /** frees the object's names; the last one takes it and what dies with it out of the current state */
  readonly aside: readonly Step[]
  /** runs when the new object stands; the last one makes `rows` */
  readonly move: readonly Step[]
  readonly rows: ObjectId
  /** made only once the rows are in */
  readonly waits: (made: CatalogObject) => boolean
}

/** All that pgext knows of one kind of object. */
export interface Kind<B = any> {
  readonly name: string
  /** its objects are about those of other kinds, in whatever catalog these are */
  readonly facts?: true
  /**
   * A SELECT of all objects of this kind that no extension owns, in columns:
   *   address text, name text[], body jsonb, and optionally signature text, parent text (an address), position int,
   *   needs text[] (addresses beyond pg_depend), soft text[] (addresses), claims text[], same text[] (addresses that stand for it too),
   *   beside jsonb (never compared), roles text[] (those it is about, where it is the cluster's: not read unless all of them are asked for).
   * Column names missing from the list are null. Helpers: diff/address.ts.
   * @param catalog of facts, only those about what users made of that one are asked for; others may be told, too
   * @param unmet conditions, of `parts`, that do not hold here
   */
  query(server: Server, catalog?: string, unmet?: ReadonlySet<string>): string
  /** for what few have: a condition in SQL that is told quickly, and false where there are none, which are not asked for then */
  readonly some?: string
  /** the same, for parts of the query */
  readonly parts?: readonly string[]
  /** a table of schema pgext, and the query instead where that is there and may be read: what pgext itself did to such objects */
  readonly heeding?: {readonly table: string; query(server: Server): string}
  create(o: CatalogObject<B>, context: Context): readonly Step[] | Along | Refusal
  /** steps; 'replace' means drop and create, with everything that needs it */
  alter(from: CatalogObject<B>, to: CatalogObject<B>, context: Context): readonly Step[] | Along | 'replace' | Refusal
  drop(o: CatalogObject<B>, context: Context): readonly Step[] | Along | Refusal
  /** what must happen beside every object made in this plan, whatever its kind (privileges that defaults gave it) */
  attend?(made: CatalogObject, context: Context): readonly Step[]
  /** for kinds that hold rows: how 'replace' is done with the rows kept */
  rebuild?(from: CatalogObject<B>, to: CatalogObject<B>, context: Context): Rebuild
  /** false: dropping and making it again would lose rows, so it can't be replaced because something it needs is */
  replaceable?(o: CatalogObject<B>): boolean
  /** what somebody may see or do after a change and may not before, one sentence */
  widens?(change: Change<B>, context: Context): string | undefined
  /** bodies that differ in nothing that PostgreSQL lets anybody change */
  equals?(from: CatalogObject<B>, to: CatalogObject<B>): boolean
  /** objects that may have to change because this one does, although they are the same on both sides */
  stirs?(o: CatalogObject<B>, context: Context): readonly ObjectId[]
  /** also where it goes and comes back for another's sake */
  readonly stirsAnew?: true
  /** its drop loses rows: such steps run last */
  readonly holdsRows?: boolean
  /** the statements that give it the name of `to`; undefined: it has to be made anew under that name, or follows another's rename */
  rename?(from: CatalogObject<B>, to: CatalogObject<B>, states: States): readonly string[] | undefined
  /** what it has in common with itself under another name, its body by default; undefined: nothing that would tell */
  likeness?(o: CatalogObject<B>, catalog: Catalog): unknown
  /** its name stands in no text but its own, and a rename is cheaper than making it anew: done unasked */
  quiet?(o: CatalogObject<B>, catalog: Catalog): boolean
  /** its body after something it speaks of was renamed so */
  follow?(o: CatalogObject<B>, from: CatalogObject, to: CatalogObject): B
  /** names in its body that PostgreSQL derived from a name that is another now */
  derived?(from: CatalogObject<B>, to: CatalogObject<B>, current: Catalog): readonly Naming[]
  readonly list?: List<B>
}

export interface States {
  readonly current: Catalog
  readonly desired: Catalog
}

/** Named things that an object's body lists: an enum's labels, a type's attributes, a view's columns. */
export interface List<B = any> {
  readonly name: string
  /** in order; `like`: what two of them must have in common to be one under another name */
  items(o: CatalogObject<B>): readonly {readonly name: string; readonly like: Json}[]
  rename(o: CatalogObject<B>, from: string, to: string, current: Catalog): string
}

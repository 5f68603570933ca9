// The words of the shadow: a server for throwaway databases, and one such database.
import type {ObjectId} from '../diff/model.ts'
import type {Rename} from '../diff/renames.ts'
import type {Where} from '../errors.ts'
import type {Db, Server} from '../postgres/db.ts'

/** A server on which throwaway databases may be made. */
export interface Shadow {
  readonly server: Server
  /** 'native' and 'pglite' are pgext's own; 'server' belongs to somebody (the target's, or SHADOW_DATABASE_URL) */
  readonly engine: 'native' | 'pglite' | 'server'
  /** a cluster that nobody else uses: cluster-level statements (roles) may run there */
  readonly isPrivate: boolean
  /** names of the extensions that could be created there */
  readonly extensions: ReadonlySet<string>
  /** an empty database (template0, the target's encoding, locale provider and collation) */
  create(): Promise<ShadowDatabase>
  /** drops every database it made that still stands; stops a cluster of its own */
  close(): Promise<void>
}

export interface ShadowDatabase {
  readonly shadow: Shadow
  readonly name: string
  /** sessions already set up with SESSION; `role`: SET SESSION AUTHORIZATION to it where allowed, to prove under the target role's rights */
  connect(options?: {readonly role?: string}): Promise<Db>
  /** a copy with everything in it; sessions on this one are closed first */
  clone(): Promise<ShadowDatabase>
  drop(): Promise<void>
}

/** A file of the user's project, or a migration: text as read, LF, no BOM. */
export interface SourceFile {
  /** as shown to the user, relative to the project */
  readonly path: string
  readonly text: string
  /** functions/*.sql: what it creates is deployed by deploy-functions */
  readonly holdsFunctions: boolean
  /** migrations carry what it creates */
  readonly versioned?: boolean
}

export interface Conversion {
  /** schema, table, column */
  readonly name: readonly string[]
  readonly expression: string
  readonly where: Where
}

/** Where a file makes a routine. */
export interface Written {
  readonly path: string
  /** of the statement's first word: characters of the file, from 0 */
  readonly start: number
}

/** What loading files has told, beyond what the catalogs then hold. */
export interface Loaded {
  /** functions and procedures that functions/ files made */
  readonly functions: ReadonlySet<ObjectId>
  /** routines by the statement that makes them, whatever file it stands in */
  readonly written: ReadonlyMap<ObjectId, Written>
  /** roles that the files create: managed */
  readonly rolesCreated: ReadonlySet<string>
  /** roles that the files name anywhere (grantees, owners, policies), created or not */
  readonly rolesMentioned: ReadonlySet<string>
  /** grantees named in GRANT, REVOKE and ALTER DEFAULT PRIVILEGES; 'public' for PUBLIC */
  readonly grantees: ReadonlySet<string>
  /** schemas that the files create, or place an object in */
  readonly schemas: ReadonlySet<string>
  /** objects for which a file sets an owner explicitly (ALTER … OWNER TO, AUTHORIZATION) */
  readonly ownersSet: ReadonlySet<ObjectId>
  /** triggers, policies and rules that the files make on tables of others */
  readonly attached: ReadonlySet<ObjectId>
  /** extensions whose version the files say */
  readonly versions: ReadonlySet<string>
  /** `-- pgext:renamed-from old_name` above an object */
  readonly renames: readonly Rename[]
  /** `-- pgext:using expression` above a column, which says how its values change their type */
  readonly conversions: readonly Conversion[]
  /** what was skipped or is worth knowing, a sentence each */
  readonly notes: readonly string[]
}

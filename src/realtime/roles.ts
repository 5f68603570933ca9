// A role that a token names in, whether this server may be it out: never one that passes by row-level security.
import {PgextError} from '../errors.ts'
import type {Asking} from '../events/link.ts'

/** Milliseconds for which an answer holds; `forget` ends it. */
const PATIENCE = 1000

interface Answer {
  readonly at: number
  readonly why?: string
}

export class Roles {
  readonly #db: Asking
  readonly #allowed?: ReadonlySet<string>
  readonly #known = new Map<string, Answer>()

  /** @param allowed undefined: whatever the server's login may become */
  constructor(db: Asking, allowed?: readonly string[]) {
    this.#db = db
    this.#allowed = allowed && new Set(allowed)
  }

  /** @throws PgextError `not-allowed` */
  async enter(role: string): Promise<void> {
    const why = await this.#whyNot(role)
    if (why) throw new PgextError('not-allowed', why)
  }

  forget(): void {
    this.#known.clear()
  }

  async #whyNot(role: string): Promise<string | undefined> {
    if (this.#allowed && !this.#allowed.has(role)) return 'the role is none of those that this server enters'
    const known = this.#known.get(role)
    if (known && performance.now() - known.at < PATIENCE) return known.why
    // names come with tokens
    if (this.#known.size > 1000) this.#known.clear()
    const [row] = await this.#db.query(
      `select r.rolsuper or r.rolbypassrls as powerful,
        pg_catalog.pg_has_role(session_user, r.oid, case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end) as may
      from pg_catalog.pg_roles r where r.rolname = $1`,
      [role],
    )
    const why = !row?.may
      ? 'the role is none of those that this server enters'
      : row.powerful
        ? 'the role passes by row-level security'
        : undefined
    this.#known.set(role, {at: performance.now(), why})
    return why
  }
}

/** What of the server's own login people should know. */
export async function loginWarnings(db: Asking): Promise<string[]> {
  const [row] = await db.query(
    'select rolname as role, rolsuper, rolbypassrls from pg_catalog.pg_roles where rolname = session_user',
  )
  if (!row?.rolsuper) return []
  return [
    `the server's own login ${JSON.stringify(row.role)} is a superuser: give it one that is only a member of the roles it enters, and of the owner of schema pgext`,
  ]
}

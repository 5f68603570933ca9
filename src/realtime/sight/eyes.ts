// A statement and viewers in; what PostgreSQL answers to each of them, under their role and claims, out. Some sessions of its own.
import {PgextError} from '../../errors.ts'
import {Link} from '../../events/link.ts'
import type {Opening} from '../../events/watched.ts'
import type {Db} from '../../postgres/db.ts'
import type {Landed} from '../../postgres/flight.ts'
import {quoteName, quoteText} from '../../postgres/quote.ts'
import type {Viewer} from '../model.ts'

/** A statement that gives two columns of type text. */
export interface Question {
  readonly sql: string
  /**
   * What it runs under: all that a plain session has (`plain`), or pgext's own formats and a search_path that is empty, or a plain session's (`print`).
   * Constants are always printed and read in pgext's formats: some of a plain session's can't be read again.
   */
  readonly path: 'plain' | 'print' | 'empty'
}

/** How a statement comes to be asked. */
interface Manner {
  /** said once, before the viewers */
  readonly begin: string
  /** said by each of them */
  readonly ask: string
  /** milliseconds, of each of them */
  readonly timeout: number
}

/** Statements of viewers that are sent at once. */
const FLOCK = 500
/** of the first of them, and of those behind some that took too long: nobody waits long for what is known to be slow */
const FIRST = 5
const GROWTH = 10
/** At most, and only when they are needed at once. */
const SESSIONS = 3
/** How many viewers may use up their time: after them nobody has more than a moment. */
const PATIENCE = 3

/** What pgext's sessions set otherwise, and policies may go by: as in a plain session of this login. `lc_monetary` stays, as money is read by it. */
const PLAIN = ['search_path', 'timezone', 'datestyle', 'intervalstyle', 'extra_float_digits', 'bytea_output']
const AS_PLAIN = PLAIN.map((name) => `set local ${name} to default`).join('; ')
const UNDER = {plain: AS_PLAIN, print: 'set local search_path to default', empty: "set local search_path to ''"}
/** PostgreSQL plans for each viewer anew: a function that says to be immutable may not be. */
const LIMITS = 'set local plan_cache_mode to force_custom_plan; set local row_security to on'
const DENIED = '42501'
const TIMEOUT = '57014'
/** milliseconds: most policies take less */
const MOMENT = 20

export class Eyes {
  readonly #open: Opening
  readonly #timeout: number
  readonly #links: Link[] = []
  /** of them, those that nobody uses */
  readonly #idle: Link[] = []
  /** who waits for one */
  readonly #waiting: ((link: Link) => void)[] = []
  /** of roles: the schemas that a plain session's search_path comes to */
  #paths = new Map<string, string>()

  /** @param timeout milliseconds, of each viewer's statement */
  constructor(open: Opening, timeout: number) {
    this.#open = open
    this.#timeout = timeout
  }

  /** Privileges on schemas, of which search_path is made, may be other ones. */
  forget(): void {
    this.#paths = new Map()
  }

  /** One for each viewer, in their order; undefined when this was closed meanwhile. All viewers have the same role. */
  async ask(question: Question, viewers: readonly Viewer[]): Promise<readonly Landed[] | undefined> {
    if (viewers.length === 0) return []
    return this.#alone(async (db) => {
      const landed: Landed[] = []
      let [size, slow] = [FIRST, 0]
      while (landed.length < viewers.length) {
        const flock = viewers.slice(landed.length, landed.length + size)
        const isLate = slow >= PATIENCE
        const own = await this.#look(db, question, flock, isLate ? MOMENT : this.#timeout)
        const out = own.filter(isTimedOut).length
        slow += out
        size = out > 0 ? FIRST : Math.min(size * GROWTH, FLOCK)
        landed.push(...(isLate ? own.map((one) => (isTimedOut(one) ? another(one) : one)) : own))
      }
      return landed
    })
  }

  /** Of a statement that nobody looks with: it has the login's rights, and settings are as in a plain session. An error, where it raises one. */
  async own(sql: string): Promise<Landed | undefined> {
    return this.#alone(async (db) => {
      const begin = `begin read only; ${AS_PLAIN}; set local search_path to ''; set local statement_timeout to ${this.#timeout}`
      return (await db.flight([`${begin}; ${sql}`, 'rollback']))[0]!
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()))
  }

  /** On a session that nobody else uses meanwhile: what is slow keeps one of them busy, not all. */
  async #alone<T>(work: (db: Db) => Promise<T>): Promise<T | undefined> {
    const link = this.#idle.pop() ?? this.#another() ?? (await new Promise<Link>((resolve) => this.#waiting.push(resolve)))
    try {
      return await link.run(work)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(link)
      else this.#idle.push(link)
    }
  }

  #another(): Link | undefined {
    if (this.#links.length >= SESSIONS) return undefined
    const link = new Link(this.#open)
    this.#links.push(link)
    return link
  }

  /**
   * Whoever is bound by a policy needs no USAGE on schemas that it names: so the statement is read by the login, where that may, else by the role.
   * Where it reaches row-level security of other tables PostgreSQL reads a prepared statement once more, as the viewer; the body of a function never.
   */
  async #look(db: Db, question: Question, viewers: readonly Viewer[], timeout: number): Promise<readonly Landed[]> {
    const role = viewers[0]!.role
    const path = question.path === 'empty' ? "''" : await this.#pathOf(db, role)
    const prepare = `prepare pgext_look (int) as ${question.sql}`
    const ask = 'execute pgext_look (1)'
    const plain = UNDER[question.path]
    const read = question.path === 'empty' ? UNDER.empty : UNDER.print
    let {begun, landed} = await this.#fly(
      db,
      {begin: `set local search_path to ${path}; ${prepare}; ${plain}`, ask, timeout},
      viewers,
    )
    if (begun)
      ({begun, landed} = await this.#fly(
        db,
        {begin: `${read}; set local role ${quoteName(role)}; ${prepare}; set local role none; ${plain}`, ask, timeout},
        viewers,
      ))
    if (begun) return viewers.map(() => begun!)
    const denied = viewers.filter((_, at) => isDenied(landed[at]!))
    if (denied.length === 0) return landed
    const bound = `set local search_path to ${path}; create function pg_temp.pgext_look() returns table (a text, b text) language sql stable
      begin atomic ${question.sql}; end; ${plain}`
    const second = await this.#fly(db, {begin: bound, ask: 'select * from pg_temp.pgext_look()', timeout}, denied)
    if (second.begun) return landed
    const again = new Map(denied.map((viewer, at) => [viewer, second.landed[at]!]))
    return viewers.map((viewer, at) => again.get(viewer) ?? landed[at]!)
  }

  async #pathOf(db: Db, role: string): Promise<string> {
    const known = this.#paths.get(role)
    if (known !== undefined) return known
    const script = `begin read only; set local search_path to default; set local role ${quoteName(role)};
      select pg_catalog.quote_ident(s) from pg_catalog.unnest(pg_catalog.current_schemas(false)) s`
    const [answer] = await db.flight([script, 'rollback'])
    const path = isError(answer!) ? '' : answer!.map(([name]) => name).join(', ')
    this.#paths.set(role, path || "''")
    return path || "''"
  }

  /** `begun`: the statement can't even be read so, for nobody. */
  async #fly(
    db: Db,
    {begin, ask, timeout}: Manner,
    viewers: readonly Viewer[],
  ): Promise<{begun?: PgextError; landed: readonly Landed[]}> {
    const looks = viewers.map(
      ({role, text}) => `rollback to viewer; set local role ${quoteName(role)};
        select pg_catalog.set_config('request.jwt.claims', ${quoteText(text)}, true); ${ask}`,
    )
    const [begun, ...landed] = await db.flight([
      `begin isolation level read committed; ${LIMITS}; set local statement_timeout to ${timeout}; ${begin}; set transaction read only; savepoint viewer`,
      ...looks,
      'rollback',
      'deallocate all',
    ])
    return {...(isError(begun!) && {begun}), landed: landed.slice(0, -2)}
  }
}

const isError = (landed: Landed): landed is PgextError => landed instanceof PgextError

const isDenied = (landed: Landed): boolean => isError(landed) && landed.sqlstate === DENIED

const isTimedOut = (landed: Landed): boolean => isError(landed) && landed.sqlstate === TIMEOUT

/** Who had a moment alone may be judged another time. */
const another = (landed: Landed): PgextError =>
  new PgextError('sql', (landed as PgextError).message, {sqlstate: '57000', cause: landed as PgextError})

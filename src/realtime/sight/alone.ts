// Images and viewers in; who sees which, as PostgreSQL says for each viewer by itself, out: whatever policies do, they do it as for the viewer's own SELECT.
import {PgextError} from '../../errors.ts'
import type {Link} from '../../events/link.ts'
import type {Types} from '../../events/types.ts'
import type {Landed} from '../../postgres/flight.ts'
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import type {Access, Viewer} from '../model.ts'
import type {Eyes} from './eyes.ts'
import {givenOf, type Image, placesOf, type Rows, rowsOf, valuesOf} from './image.ts'
import type {Judge, Note} from './judge.ts'
import type {Law, Policy} from './law.ts'
import {spokenOf} from './spoken.ts'

/** Where the database is asked: who looks, and what its types are. */
export interface Asked {
  readonly link: Link
  readonly eyes: Eyes
  readonly tiers: ReadonlySet<Access['tier']>
  readonly types: Types
}

export class Alone implements Judge {
  readonly #asked: Asked
  readonly #law: Law
  readonly #viewers = new Set<Viewer>()
  /** as printed for this role */
  #printed?: Promise<readonly Printed[] | PgextError>

  constructor(asked: Asked, law: Law) {
    this.#asked = asked
    this.#law = law
  }

  async join(viewers: readonly Viewer[]): Promise<void> {
    for (const viewer of viewers) this.#viewers.add(viewer)
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void> | undefined {
    const {policies = []} = this.#law
    if (this.#viewers.size === 0 || !policies.some(({permissive}) => permissive)) return undefined
    return this.judgeFor([...this.#viewers], images, notes)
  }

  /** For these, who need not have joined. */
  async judgeFor(viewers: readonly Viewer[], images: readonly Image[], notes: readonly Note[]): Promise<void> {
    if (viewers.length === 0) return
    const doubt = (error: PgextError, at = [...notes.keys()]) => {
      for (const n of at) notes[n]!.doubt(viewers, error)
    }
    const printed = await this.#policies(viewers[0]!)
    if (printed instanceof PgextError) return doubt(unjudged(this.#law, printed))
    if (!printed.some(({permissive}) => permissive)) return
    const spoken = await spokenOf({...this.#law, policies: printed})
    if (spoken.system !== undefined) return doubt(placeless(this.#law, spoken.system))
    const all = images.map((image) => valuesOf(image, placesOf(image.shape, givenOf(spoken.columns))))
    const whole = [...all.keys()].filter((n) => all[n])
    doubt(
      unsent(this.#law),
      [...all.keys()].filter((n) => !all[n]),
    )
    if (whole.length === 0) return
    const values = whole.map((n) => all[n]!)
    const rows = rowsOf(this.#asked.types, this.#law, spoken.columns, values)
    if (!rows) return doubt(unsent(this.#law))
    const landed = await this.#look(rows, printed, viewers)
    const refused = landed.findIndex(isError)
    const isUnread = refused >= 0 && (await this.#isUnread(rows, viewers[refused]!))
    for (const [at, answer] of landed.entries()) {
      if (!isError(answer)) for (const [n] of answer) notes[whole[Number(n)]!]!.seeOne(viewers[at]!)
      else for (const n of whole) notes[n]!.doubt([viewers[at]!], isUnread ? unsent(this.#law) : unjudged(this.#law, answer))
    }
  }

  /** Those of them for whom a SELECT ends in an error whatever the rows are, as PostgreSQL finds out when it plans. */
  async raising(viewers: readonly Viewer[]): Promise<Set<Viewer>> {
    const printed = viewers.length === 0 ? [] : await this.#policies(viewers[0]!)
    if (printed instanceof PgextError) return new Set(viewers)
    if (!printed.some(({permissive}) => permissive)) return new Set()
    const rows = rowsOf(this.#asked.types, this.#law, (await spokenOf({...this.#law, policies: printed})).columns, [])
    const landed = rows ? await this.#look(rows, printed, viewers) : []
    return new Set(viewers.filter((_, at) => landed[at] === undefined || isError(landed[at])))
  }

  /** As a condition on rows: what PostgreSQL finds out when it plans a SELECT, it finds out here. */
  async #look(rows: Rows, policies: readonly Printed[], viewers: readonly Viewer[]): Promise<readonly Landed[]> {
    const sql = `select ${rows.number}::pg_catalog.text, null::pg_catalog.text from ${rows.from} where ${conditionOf(policies)}`
    return (await this.#asked.eyes.ask({sql, path: 'plain'}, viewers)) ?? []
  }

  /** A value that was right when it was written may be none of its type any more, whatever policies say. */
  async #isUnread({from}: Rows, viewer: Viewer): Promise<boolean> {
    const sql = `select null::pg_catalog.text, pg_catalog.count(${quoteName(this.#law.table)}.*)::pg_catalog.text from ${from}`
    const landed = await this.#asked.eyes.ask({sql, path: 'plain'}, [viewer])
    return landed !== undefined && isError(landed[0]!)
  }

  async #policies(viewer: Viewer): Promise<readonly Printed[] | PgextError> {
    this.#printed ??= this.#print(viewer)
    const printed = await this.#printed
    // another time it may be told
    if (printed instanceof PgextError) this.#printed = undefined
    return printed
  }

  async #print(viewer: Viewer): Promise<readonly Printed[] | PgextError> {
    const sql = `select p.polpermissive::pg_catalog.text, pg_catalog.pg_get_expr(p.polqual, p.polrelid) from pg_catalog.pg_policy p
      where p.polrelid = ${this.#law.relid} and p.polcmd in ('r', '*') and p.polqual is not null and (0 = any (p.polroles)
        or exists (select from pg_catalog.unnest(p.polroles) g where pg_catalog.pg_has_role(g, 'USAGE'))) order by p.polname`
    const [landed] = (await this.#asked.eyes.ask({sql, path: 'print'}, [viewer])) ?? [[]]
    return isError(landed!) ? landed : landed!.map(([permissive, sql]) => ({permissive: permissive === 'true', sql: sql!}))
  }
}

type Printed = Pick<Policy, 'permissive' | 'sql'>

const isError = (landed: Landed): landed is PgextError => landed instanceof PgextError

/** Of policies by name, in PostgreSQL's own order, which decides what raises: restrictive ones by name, then permissive ones, the last name first. */
export function conditionOf(policies: readonly Pick<Policy, 'permissive' | 'sql'>[]): string {
  const of = (isPermissive: boolean) => policies.filter(({permissive}) => permissive === isPermissive).map(({sql}) => `(${sql})`)
  const permissive = of(true).reverse()
  if (permissive.length === 0) return 'false'
  return [...of(false), `(${permissive.join(' or ')})`].join(' and ')
}

export function unsent({schema, table}: Law): PgextError {
  const name = quoteNames(schema, table)
  return new PgextError(
    'events-gone',
    `who may see a change of table ${name} can't be told, as a value that its policies ask for was not sent`,
    {
      hint: `read table ${name} anew; REPLICA IDENTITY FULL sends all values`,
    },
  )
}

/** Another time there may be an answer: no connection, no memory, a conflict. A statement that ran out of time (57014), or writes (25006), has none. */
const isPassing = (sqlstate = ''): boolean =>
  ['08', '25', '40', '53', '55', '57', '58'].includes(sqlstate.slice(0, 2)) && !['57014', '25006'].includes(sqlstate)

/** PostgreSQL's own words may hold values of the row: they are the cause alone. */
function unjudged({schema, table}: Law, cause: PgextError): PgextError {
  const {sqlstate} = cause
  const name = quoteNames(schema, table)
  const why = sqlstate === '57014' ? 'took too long' : `ended in an error${sqlstate ? ` (${sqlstate})` : ''}`
  return new PgextError(
    isPassing(sqlstate) ? 'events-gone' : 'sql',
    `row-level security of table ${name} ${why} for this viewer`,
    {
      hint: isPassing(sqlstate) ? `read table ${name} anew` : `SELECT from ${name} as this role, with these claims, shows why`,
      cause,
      sqlstate,
    },
  )
}

function placeless({schema, table}: Law, column: string): PgextError {
  const name = quoteNames(schema, table)
  return new PgextError('not-supported', `a policy of table ${name} speaks of ${column}, which a change does not have`, {
    hint: `let it speak of the columns of ${name}`,
  })
}

// Steps of one section in, the same out with GRANTs that differ in their columns or grantees alone said at once.
import {type Grantee, sqlOf} from '../diff/kinds/acl.ts'
import type {Privilege} from '../diff/kinds/privilege.ts'
import {ownerOf, subjectOf} from '../diff/kinds/subject.ts'
import type {CatalogObject, Context, Step} from '../diff/model.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'

interface Grant {
  /** up to TO */
  readonly head: string
  readonly whom: readonly string[]
  /** nothing, or WITH GRANT OPTION */
  readonly suffix: string
  /** of columns: the table, and the columns of each privilege */
  readonly columns?: {readonly table: string; readonly of: ReadonlyMap<string, readonly string[]>}
}

const SUFFIXES = ['', ' WITH GRANT OPTION']

/** Those that stand together: a GRANT takes nothing from another. */
export function withGrants(steps: readonly Step[], context: Context): Step[] {
  const merged: Said[] = []
  for (const step of steps) {
    const said = {step, grant: grantOf(step, context)}
    if (!merge(merged, said, ofColumns)) merged.push(said)
  }
  const short: Said[] = []
  for (const said of merged) if (!merge(short, said, ofGrantees)) short.push(said)
  return short.map(({step}) => step)
}

interface Said {
  readonly step: Step
  readonly grant: Grant | undefined
}

/** Into one of the GRANTs right before it. */
function merge(list: Said[], {step, grant}: Said, both: (a: Grant, b: Grant) => Grant | undefined): boolean {
  if (!grant) return false
  for (let at = list.length - 1; at >= 0; at--) {
    const before = list[at]!
    if (!before.grant) return false
    const one = both(before.grant, grant)
    if (!one) continue
    list[at] = {step: together(before.step, step, sqlOfGrant(one)), grant: one}
    return true
  }
  return false
}

function together(step: Step, other: Step, sql: string): Step {
  return {...step, sql, makes: [...step.makes, ...other.makes], needs: [...step.needs, ...other.needs]}
}

/** The columns of one table to one grantee. */
function ofColumns(a: Grant, b: Grant): Grant | undefined {
  if (!a.columns || !b.columns || a.columns.table !== b.columns.table || a.suffix !== b.suffix) return undefined
  if (a.whom.join() !== b.whom.join()) return undefined
  const of = new Map(a.columns.of)
  for (const [privilege, columns] of b.columns.of) of.set(privilege, [...(of.get(privilege) ?? []), ...columns])
  const words = [...of].map(([privilege, columns]) => `${privilege} (${columns.join(', ')})`)
  return {...a, head: `GRANT ${words.join(', ')} ON TABLE ${a.columns.table}`, columns: {...a.columns, of}}
}

function ofGrantees(a: Grant, b: Grant): Grant | undefined {
  if (a.head !== b.head || a.suffix !== b.suffix) return undefined
  return {...a, whom: [...a.whom, ...b.whom], columns: undefined}
}

function sqlOfGrant({head, whom, suffix}: Grant): string {
  return `${head} TO ${whom.join(', ')}${suffix}`
}

function grantOf(step: Step, context: Context): Grant | undefined {
  const o = context.desired.objects.get(step.object)
  if (!o || !step.makes.includes(o.id) || (o.kind !== 'privilege' && o.kind !== 'default privilege')) return undefined
  const whom = granteeOf(o, context)
  for (const suffix of SUFFIXES) {
    const tail = ` TO ${whom}${suffix}`
    if (!step.sql.includes('GRANT ') || !step.sql.endsWith(tail)) continue
    const head = step.sql.slice(0, -tail.length)
    return {head, whom: [whom], suffix, columns: o.kind === 'privilege' ? columnsOf(o, step, whom, suffix, context) : undefined}
  }
  return undefined
}

function granteeOf(o: CatalogObject<Grantee>, context: Context): string {
  if (o.kind === 'default privilege') return o.name[3] === 'public' ? 'PUBLIC' : quoteName(o.name[3]!)
  if (o.body.to === 'public') return 'PUBLIC'
  return quoteName(o.body.to === 'owner' ? ownerOf(subjectOf(o, context), context) : o.body.role!)
}

function columnsOf(o: CatalogObject<Privilege>, step: Step, whom: string, suffix: string, context: Context): Grant['columns'] {
  const subject = subjectOf(o, context)
  const column = o.body.column ?? (subject.kind === 'column' ? subject.name[2] : undefined)
  if (column === undefined) return undefined
  const table = quoteNames(subject.name[0]!, subject.name[1]!)
  const given = o.body.privileges.filter((name) => name.endsWith('*') === (suffix !== '')).map((name) => name.replace('*', ''))
  for (const privileges of [given, ['ALL']]) {
    const move = {verb: 'GRANT', privileges, suffix, revokes: []}
    if (sqlOf(move, `TABLE ${table}`, whom, quoteName(column)) !== step.sql) continue
    return {table, of: new Map(privileges.map((privilege) => [privilege, [quoteName(column)]]))}
  }
  return undefined
}

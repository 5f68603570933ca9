// One grantee's privileges on one object, where they differ from what PostgreSQL itself gives.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {baselineOf, builtIn, fullOf, type Grantee, isPublicSchema, sqlOf, type Target, targetOf, transition} from './acl.ts'
import {chain} from './chain.ts'
import {givenBy, granteesOf} from './default-privilege.ts'
import {asGiver, becomesOwners, givenOn, optionsOf} from './granted.ts'
import {PRIVILEGE_PARTS, privilegeRows} from './privilege-rows.ts'
import {ownerIdOf, ownerOf, subjectOf} from './subject.ts'

export interface Privilege extends Grantee {
  /** sorted; a star marks those with grant option */
  readonly privileges: readonly string[]
  /** of a view, whose columns are not objects of their own */
  readonly column?: string
  /** the sequence behind an identity column */
  readonly sequence?: readonly [string, string]
  /** part of an extension: what it is and its name as SQL; the extension itself is the subject */
  readonly member?: readonly [Target, string]
  /** what the extension's script gave that grantee, where that isn't PostgreSQL's own default */
  readonly base?: readonly string[]
}

type Fact = CatalogObject<Privilege>

export const privilege: Kind<Privilege> = {
  name: 'privilege',
  facts: true,
  parts: PRIVILEGE_PARTS,
  query: ({major}, catalog, unmet) => privilegeRows(major, catalog, unmet),

  create(o, context) {
    const subject = subjectOf(o, context)
    const from =
      context.isMade(subject.id) || isSequenceMade(o, context) ? initialOf(o, subject, context) : baseline(o, subject, context)
    const steps = stepsOf(o, subject, left(o, from, context), o.body.privileges, context, (sql) =>
      creates(o, sql, {needs: needsOf(o, subject, context)}),
    )
    return steps.length > 0 ? steps : {with: subject.id}
  },
  alter(from, to, context) {
    const subject = subjectOf(to, context)
    const needs = needsOf(to, subject, context)
    const steps = stepsOf(to, subject, left(to, from.body.privileges, context), to.body.privileges, context, (sql) =>
      alters(from, to, sql, {needs}),
    )
    return chain(to.id, [...steps, ...kept(from, to, subject, context)])
  },
  drop(o, context) {
    const subject = subjectOf(o, context)
    const owner = ownerIdOf(subject, context.desired.objects)
    if (becomesOwners(o, subject, ownerOf(subject, context), context)) return {with: owner}
    // what the owner had goes over to the new one
    const needs = o.body.to === 'owner' ? [owner] : []
    const steps = stepsOf(o, subject, o.body.privileges, baseline(o, subject, context), context, (sql) =>
      drops(o, sql, {needs: needs.filter((id) => context.desired.objects.has(id))}),
    )
    return chain(o.id, [
      ...steps.map((step) => ({...step, makes: [...step.makes, goneId(o.id)]})),
      ...kept(o, undefined, subject, context),
    ])
  },
  widens({from, to}, context) {
    const o = (to ?? from)!
    const subject = subjectOf(o, context)
    if (o.body.to === 'owner' || context.isMade(subject.id) || context.isBroken(subject.id)) return undefined
    const had = new Set(from?.body.privileges ?? baseline(o, subject, context))
    const gained = (to?.body.privileges ?? baseline(o, subject, context)).filter((p) => !had.has(p))
    if (gained.length === 0) return undefined
    const said = gained.map((p) => (p.endsWith('*') ? `${bare(p)} and grant it` : p)).join(', ')
    return `${o.body.to === 'public' ? 'everybody' : quoteName(o.body.role!)} may ${said} on ${subject.id}`
  },
  attend(made, context) {
    const sequence = identitySequence(made)
    const target = sequence ? 'SEQUENCE' : targetOf(made)
    if (!target || target === 'COLUMN') return []
    const {user} = context.server
    const grantees = granteesOf(user, schemaOf(made), target, context)
    const all: readonly Grantee[] = isPublicSchema(made) ? [...grantees, {to: 'public'}] : grantees
    const owner = ownerOf(made, context)
    return all.flatMap((grantee) => {
      const id = idAbout('privilege', made.id, `${sequence ? 'on its sequence ' : ''}${detailOf(grantee)}`)
      // the facts themselves start from what defaults gave; a new owner takes over what the old one and it had
      if (context.desired.objects.has(id) || grantee.role === owner) return []
      const body = {...grantee, privileges: [], ...(sequence && {sequence})}
      const fact: Fact = {...made, id, kind: 'privilege', parent: made.id, body, softNeeds: [], claims: []}
      return stepsOf(fact, made, initialOf(fact, made, context), baseline(fact, made, context), context, (sql) =>
        creates(fact, sql, {makes: [goneId(id)], needs: [made.id]}),
      )
    })
  },
}

/** The sequence behind an identity column; its name is what the column claims. */
function identitySequence(o: CatalogObject): [string, string] | undefined {
  if (o.kind !== 'column' || !o.body.identity || !o.claims[0]) return undefined
  const schema = o.name[0]!
  return [schema, o.claims[0].slice(`relation ${schema}.`.length)]
}

/** The column was there before, and its identity is new. */
function isSequenceMade(o: Fact, {current}: Context): boolean {
  return o.body.sequence !== undefined && !current.objects.get(o.parent!)?.body.identity
}

/** What defaults give on the sequence of an identity that a column gets. */
export function attendIdentity(column: CatalogObject, context: Context): readonly Step[] {
  return identitySequence(column) ? privilege.attend!(column, context) : []
}

function detailOf(grantee: Grantee): string {
  const by = grantee.by === undefined ? '' : ` by ${quoted(grantee.by)}`
  if (grantee.to === 'public') return `to public${by}`
  return `${grantee.to === 'owner' ? 'to its owner' : `to ${quoted(grantee.role!)}`}${by}`
}

const quoted = (role: string): string => `"${role.replaceAll('"', '""')}"`

function schemaOf(subject: CatalogObject): string | undefined {
  return subject.kind === 'schema' || subject.kind === 'extension' ? undefined : subject.name[0]
}

function aim(o: Fact, subject: CatalogObject): Target {
  if (o.body.sequence) return 'SEQUENCE'
  if (o.body.member) return o.body.member[0]
  return o.body.column === undefined ? targetOf(subject)! : 'COLUMN'
}

function baseline(o: Fact, subject: CatalogObject, context: Context): readonly string[] {
  if (o.body.by !== undefined) return []
  return o.body.base ?? baselineOf(subject, aim(o, subject), o.body, context)
}

/** What the grantee has on the object right after it was made. */
function initialOf(o: Fact, subject: CatalogObject, context: Context): readonly string[] {
  const target = aim(o, subject)
  if (target === 'COLUMN' || o.body.by !== undefined) return []
  if (o.body.base) return o.body.base
  if (isPublicSchema(subject) && context.isMade(subject.id)) return builtIn(target, o.body, context)
  return givenBy(context.server.user, schemaOf(subject), target, o.body, context)
}

/** The privileges are given to, and by, whoever owns the object in the end. */
function needsOf(o: Fact, subject: CatalogObject, context: Context): ObjectId[] {
  const owner = ownerIdOf(subject, context.desired.objects)
  const above = tableFact(o, subject, context)
  const gone = above && !context.desired.objects.has(above) ? [goneId(above)] : []
  return [
    ...o.needs,
    ...[owner, ...(above ? [above] : [])].filter((id) => context.desired.objects.has(id)),
    ...gone.filter(() => tableRevokes(o, subject, context).length > 0),
  ]
}

function stepsOf(
  o: Fact,
  subject: CatalogObject,
  from: readonly string[],
  to: readonly string[],
  context: Context,
  step: (sql: string) => Step,
): readonly Step[] {
  const target = aim(o, subject)
  const column = target === 'COLUMN' ? quoteName(o.body.column ?? subject.name[2]!) : ''
  const whom = o.body.to === 'public' ? 'PUBLIC' : quoteName(o.body.to === 'owner' ? ownerOf(subject, context) : o.body.role!)
  const isAlone = target !== 'TABLE' || onColumns(o, subject, 'current', context).length === 0
  const moves = transition(from, to, fullOf(target, context), context, isAlone)
  const taken = moves.findLastIndex((move) => move.verb !== 'GRANT')
  const dependent = taken < 0 ? [] : givenOn(o, subject, context).map(goneId)
  return chain(
    o.id,
    moves.map((move, at) => {
      const made = step(asGiver(sqlOf(move, onOf(o, subject, target), whom, column), o.body))
      const makes = at === taken && o.body.by !== undefined ? [...new Set([...made.makes, goneId(o.id)])] : made.makes
      return {...made, makes, needs: [...made.needs, ...(at > taken ? optionsOf(o, subject, context) : dependent)]}
    }),
  )
}

function onOf(o: Fact, subject: CatalogObject, target: Target): string {
  if (o.body.sequence) return `SEQUENCE ${quoteNames(...o.body.sequence)}`
  if (o.body.member) return o.body.member.join(' ')
  if (target === 'COLUMN') return `TABLE ${quoteNames(subject.name[0]!, subject.name[1]!)}`
  const name = nameOf(subject)
  return `${target} ${subject.kind === 'aggregate' ? name.replace('(*)', '()').replace(' ORDER BY ', ', ') : name}`
}

// A privilege revoked from a table is revoked from all its columns too: columns' grants come after, and are given again where they stay.

/** Made when the last statement about a fact that is no more has run. */
function goneId(id: ObjectId): ObjectId {
  return `${id} gone` as ObjectId
}

/** The fact about the whole table for the same grantee as a column's. */
function tableFact(o: Fact, subject: CatalogObject, context: Context): ObjectId | undefined {
  if (aim(o, subject) !== 'COLUMN') return undefined
  const table = isColumn(subject) ? subject.parent : subject.id
  return table && idAbout('privilege', (context.desired.objects.get(table) ?? subject).id, detailOf(o.body))
}

function tableRevokes(o: Fact, subject: CatalogObject, context: Context): readonly string[] {
  const id = tableFact(o, subject, context)
  if (!id) return []
  const from: Privilege | undefined = context.current.objects.get(id)?.body
  const to: Privilege | undefined = context.desired.objects.get(id)?.body
  const table = isColumn(subject) ? context.desired.objects.get(subject.parent!) : subject
  const had =
    table && context.isMade(table.id) && o.body.by === undefined
      ? givenBy(context.server.user, schemaOf(subject), 'TABLE', o.body, context)
      : (from?.privileges ?? [])
  return revoked(had, to?.privileges ?? [])
}

/** What is left of a column's privileges once the table's statements have run. */
function left(o: Fact, privileges: readonly string[], context: Context): readonly string[] {
  const taken = new Set(tableRevokes(o, subjectOf(o, context), context))
  return privileges.filter((p) => !taken.has(bare(p)))
}

/** GRANTs that give columns again what a REVOKE on their table takes from them. */
function kept(from: Fact, to: Fact | undefined, subject: CatalogObject, context: Context): Step[] {
  if (aim(from, subject) !== 'TABLE') return []
  const taken = new Set(revoked(from.body.privileges, to?.body.privileges ?? []))
  if (taken.size === 0) return []
  return onColumns(from, subject, 'desired', context).flatMap((fact) => {
    if (context.current.objects.get(fact.id)?.hash !== fact.hash) return []
    const remaining = fact.body.privileges.filter((p) => !taken.has(bare(p)))
    return stepsOf(fact, subjectOf(fact, context), remaining, fact.body.privileges, context, (sql) => alters(fact, fact, sql))
  })
}

/** What the same grantee has on the table's columns. */
function onColumns(o: Fact, subject: CatalogObject, state: 'current' | 'desired', context: Context): Fact[] {
  const inside = [subject, ...context.children(state, subject.id)].flatMap(({id}) => context.children(state, id))
  return inside.filter(
    (fact): fact is Fact =>
      fact.kind === 'privilege' && aim(fact, subjectOf(fact, context)) === 'COLUMN' && detailOf(fact.body) === detailOf(o.body),
  )
}

function revoked(from: readonly string[], to: readonly string[]): string[] {
  const has = new Set(to.map(bare))
  return from.map(bare).filter((p) => !has.has(p))
}

function bare(privilege: string): string {
  return privilege.endsWith('*') ? privilege.slice(0, -1) : privilege
}

function isColumn({kind}: CatalogObject): boolean {
  return kind === 'column' || kind === 'foreign column'
}

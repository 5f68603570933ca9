// That a role is a member of another, and what it may do as one. Who granted it is kept where it is a role of the files', never compared.
import {quoteName} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import {idAbout, idOf} from '../id.ts'
import type {CatalogObject, Context, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'

export interface Membership {
  readonly of: string
  readonly admin: boolean
  /** from 16 on a membership's own */
  readonly inherit?: boolean
  readonly set?: boolean
}

/** Superusers grant in the name of the one that initdb made; what others granted is revoked in their names. */
const OTHERS = 'filter (where not b.rolsuper and b.rolname <> current_user)'
const GRANTORS = `jsonb_agg(b.rolname order by b.rolname) ${OTHERS}`
/** They could grant it as members with the admin option. */
const GRANTING = `array_agg('pg_auth_members/' || m.roleid || '-' || m.grantor) ${OTHERS}`

const rows = (major: number, columns: string): string => `
    select 'pg_auth_members/' || m.roleid || '-' || m.member as address, ${columns},
      array[${address('pg_authid', 'm.roleid')}, ${address('pg_authid', 'm.member')}]${major >= 16 ? ` || ${GRANTING}` : ''} as needs,
      jsonb_build_object('of', g.rolname, 'admin', bool_or(m.admin_option)${
        major >= 16 ? `, 'inherit', bool_or(m.inherit_option), 'set', bool_or(m.set_option)` : ''
      }) as body,
      ${major >= 16 ? GRANTORS : 'null::jsonb'} as beside
    from pg_auth_members m
    join pg_roles g on g.oid = m.roleid
    join pg_roles r on r.oid = m.member and r.oid >= 16384
    join pg_roles b on b.oid = m.grantor
    group by m.roleid, m.member, g.rolname, r.rolname`

const steps: Pick<Kind<Membership>, 'create' | 'alter' | 'drop' | 'widens'> = {
  create: (o, context) => [
    creates(o, `GRANT ${phraseOf(o, 'TO')}${withOptions(undefined, o, context)}${by(grantorOf(o, context))}`),
  ],
  alter(from, to, context) {
    const {server} = context
    const grant = () => alters(from, to, `GRANT ${phraseOf(to, 'TO')}${withOptions(from, to, context)}${by(from.beside?.[0])}`)
    if (server.major >= 16 || to.body.admin) return [grant()]
    return [alters(from, to, `REVOKE ADMIN OPTION FOR ${phraseOf(to, 'FROM')}`)]
  },
  drop(o) {
    const grantors: readonly (string | undefined)[] = o.beside ?? [undefined]
    return grantors.map((grantor) => drops(o, `REVOKE ${phraseOf(o, 'FROM')}${by(grantor)}`))
  },
  widens({from, to}, {current}) {
    // a new role is nobody yet
    if (!to || (to.parent && !current.objects.has(to.parent))) return undefined
    const gained = !from || OPTIONS.some((option) => to.body[option] && !from.body[option])
    return gained ? `role ${quoteName(to.name[0]!)} may do what ${quoteName(to.body.of)} may` : undefined
  },
}

const some = 'exists (select from pg_auth_members where member >= 16384)'

export const membership: Kind<Membership> = {
  name: 'membership',
  some,
  query: ({major}) =>
    rows(
      major,
      `${address('pg_authid', 'm.member')} as about, 'in ' || quote_ident(g.rolname) as detail,
      case when g.rolname ~ '^pg_' then '{}' else array[g.rolname::text] end as roles`,
    ),
  ...steps,
}

/** Of roles that no file makes: those that files grant or revoke by name, and no others. */
export const membershipOfOthers: Kind<Membership> = {
  name: 'membership of others',
  some,
  query: ({major}) =>
    rows(major, `array[r.rolname, g.rolname]::text[] as name, array['member ' || r.rolname || ' of ' || g.rolname] as roles`),
  ...steps,
}

const OPTIONS = ['admin', 'inherit', 'set'] as const

function phraseOf(o: CatalogObject<Membership>, word: 'TO' | 'FROM'): string {
  return `${quoteName(o.body.of)} ${word} ${quoteName(o.name[0]!)}`
}

/** What differs from before, or from what a bare GRANT gives. */
function withOptions(
  from: CatalogObject<Membership> | undefined,
  to: CatalogObject<Membership>,
  {server, desired}: Context,
): string {
  if (server.major < 16) return to.body.admin ? ' WITH ADMIN OPTION' : ''
  const inherits = desired.objects.get(to.parent!)?.body.inherit ?? true
  const had = from?.body ?? {admin: false, inherit: inherits, set: true}
  const changed = (['admin', 'inherit', 'set'] as const).filter((key) => to.body[key] !== undefined && to.body[key] !== had[key])
  const words = changed.map((key) => `${key.toUpperCase()} ${to.body[key] ? 'TRUE' : 'FALSE'}`)
  return words.length > 0 ? ` WITH ${words.join(', ')}` : ''
}

/** A role that may grant it by then. */
function grantorOf(o: CatalogObject<Membership>, {server, desired}: Context): string | undefined {
  const grantors: readonly string[] = (server.major >= 16 && o.beside) || []
  const id = (grantor: string) => idAbout('membership', idOf('role', [grantor]), `in ${quoteName(o.body.of)}`)
  return grantors.find((grantor) => desired.objects.get(id(grantor))?.body.admin)
}

function by(grantor: string | undefined): string {
  return grantor === undefined ? '' : ` GRANTED BY ${quoteName(grantor)}`
}

// A row-level security policy on a table.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface PolicyBody {
  readonly command: 'ALL' | 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'
  readonly permissive: boolean
  /** by name; 'public' is everyone, no role can be called so */
  readonly roles: readonly string[]
  readonly using?: string
  readonly withCheck?: string
}

export const policy: Kind<PolicyBody> = {
  name: 'policy',
  quiet: () => true,
  rename: (from, to, {current}) => renamed(from, to, current),

  some: beyond('pg_policy'),
  query: () => `
    select ${address('pg_policy', 'p.oid')} as address, array[n.nspname, c.relname, p.polname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent,
      jsonb_strip_nulls(jsonb_build_object(
        'command', case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
        'permissive', p.polpermissive,
        'roles', (select jsonb_agg(coalesce(r.rolname, 'public') order by coalesce(r.rolname, 'public') collate "C")
          from unnest(p.polroles) u (oid) left join pg_roles r on r.oid = u.oid),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'withCheck', pg_get_expr(p.polwithcheck, p.polrelid))) as body
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    join pg_namespace n on n.oid = c.relnamespace
    where ${isUserSchema('n.nspname')}`,

  create(o) {
    const {command, permissive, using, withCheck} = o.body
    const parts = [
      `CREATE POLICY ${place(o)}`,
      permissive ? '' : 'AS RESTRICTIVE',
      command === 'ALL' ? '' : `FOR ${command}`,
      isForAll(o.body) ? '' : `TO ${rolesOf(o.body)}`,
      ...expressions(using, withCheck),
    ]
    return [creates(o, parts.filter(Boolean).join('\n  '))]
  },

  alter(from, to) {
    const [old, now] = [from.body, to.body]
    // ALTER POLICY can't take an expression away
    if (
      old.command !== now.command ||
      old.permissive !== now.permissive ||
      (old.using && !now.using) ||
      (old.withCheck && !now.withCheck)
    ) {
      return 'replace'
    }
    const parts = [
      `ALTER POLICY ${place(to)}`,
      rolesOf(old) === rolesOf(now) ? '' : `TO ${rolesOf(now)}`,
      ...expressions(
        old.using === now.using ? undefined : now.using,
        old.withCheck === now.withCheck ? undefined : now.withCheck,
      ),
    ]
    return [alters(from, to, parts.filter(Boolean).join('\n  '))]
  },

  drop: (o) => [drops(o, `DROP POLICY ${place(o)}`)],

  widens({from, to}, {current, isBroken}) {
    const {id, parent} = (to ?? from)!
    // on a new table there is nothing yet that anybody could see; a table's rows are all seen where its policies are not asked
    if (current.objects.get(parent!)?.body.rowSecurity !== true || isBroken(parent!)) return undefined
    if (!to) return from!.body.permissive ? undefined : `${id} no longer keeps rows from anybody`
    if (!from) return to.body.permissive ? `${id} lets ${rolesOf(to.body)} at more rows` : undefined
    return `${id} decides anew who gets at which rows`
  },
}

function place(o: CatalogObject): string {
  return `${quoteName(o.name[2]!)} ON ${quoteNames(o.name[0]!, o.name[1]!)}`
}

function isForAll({roles}: PolicyBody): boolean {
  return roles.length === 1 && roles[0] === 'public'
}

function rolesOf({roles}: PolicyBody): string {
  return roles.map((role) => (role === 'public' ? 'PUBLIC' : quoteName(role))).join(', ')
}

function expressions(using: string | undefined, withCheck: string | undefined): string[] {
  return [using ? `USING (${using})` : '', withCheck ? `WITH CHECK (${withCheck})` : '']
}

// A grantee's privileges that change in; what they may do from now on, as a sentence, out.
import type {CatalogObject, Json} from '../diff/model.ts'
import {quoteName} from '../postgres/quote.ts'

interface Edit {
  readonly from?: CatalogObject
  readonly to?: CatalogObject
}

/** undefined: it is about something else */
export function privilegeWords({from, to}: Edit): string | undefined {
  const o = (to ?? from)!
  if (o.kind !== 'privilege' || o.parent === undefined) return undefined
  const {to: whom, role} = o.body as {to: 'public' | 'owner' | 'role'; role?: string}
  const who = whom === 'public' ? 'everybody' : whom === 'owner' ? 'its owner' : quoteName(role!)
  const subject = o.parent
  if (!to) {
    // what PostgreSQL itself gives comes back
    return whom === 'role' ? `${who} may no longer ${deeds(from!, subject)}` : `${who} may ${deeds(from!, subject)} as by default`
  }
  if (listOf(to).length > 0) return `${who} may ${deeds(to, subject)}`
  if (whom !== 'public') return `${who} may not ${deeds(undefined, subject)}`
  return `not everybody may ${deeds(undefined, subject)}: only its owner, and those to whom it is granted`
}

const listOf = ({body}: CatalogObject): readonly string[] => (body as Record<string, Json>).privileges as string[]

/** `execute function public.f()`, `select, update on table public.t` */
function deeds(o: CatalogObject | undefined, subject: string): string {
  const said = (o ? listOf(o) : []).map((one) =>
    one.endsWith('*') ? `${one.slice(0, -1).toLowerCase()} and let others` : one.toLowerCase(),
  )
  const isRoutine = /^(function|procedure|aggregate) /.test(subject)
  if (isRoutine) return `${said[0] ?? 'execute'} ${subject}`
  return said.length > 0 ? `${said.join(', ')} on ${subject}` : `use ${subject}`
}

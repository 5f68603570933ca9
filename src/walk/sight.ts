// A catalog and the kinds that are asked for in; an error out where its role may not see one of them: what is made of the rest would be wrong.
import type {Catalog} from '../diff/model.ts'
import {PgextError} from '../errors.ts'

export function refuseBlind({denied}: Catalog, kinds: ReadonlySet<string>, what: string): void {
  const closed = denied.filter(({kind}) => kinds.has(kind))
  if (closed.length === 0) return
  const list = closed.map(({kind, why}) => `  ${kind}: ${why}`).join('\n')
  throw new PgextError('not-allowed', `the role may not see what ${what} are made of:\n${list}`, {
    hint: 'grant it SELECT there, or read your files instead: --from files',
  })
}

// What differs of functions in, and the names that somebody asked for; those, and what they need among them, out.
import type {Catalog, CatalogObject, Change, ObjectId} from '../diff/model.ts'
import {rootOf} from '../diff/root.ts'
import {ROUTINES} from '../diff/routines.ts'
import {PgextError} from '../errors.ts'
import {quoteNames} from '../postgres/quote.ts'
import {groupBy} from './routines.ts'

/** @param catalogs both states: a name that neither has is a mistake */
export function asked(changes: readonly Change[], names: readonly string[] | undefined, catalogs: readonly Catalog[]): Change[] {
  if (!names || names.length === 0) return [...changes]
  const known = new Map<ObjectId, CatalogObject>(catalogs.flatMap(({objects}) => [...objects]))
  const wanted = new Set<ObjectId>()
  for (const name of names) {
    const meant = [...known.values()].filter((o) => ROUTINES.has(o.kind) && isNamed(o, name))
    if (meant.length === 0)
      throw new PgextError('usage', `there is no function ${name}`, {
        hint: 'write it as functions/ does, with its schema or without; nothing was deployed',
      })
    for (const {id} of meant) wanted.add(id)
  }
  const rootIn = ({from, to}: Change): ObjectId => {
    const o = (to ?? from)!
    const catalog = catalogs.find(({objects}) => objects.get(o.id) === o) ?? catalogs[0]!
    return rootOf(o, catalog)
  }
  const byRoot = groupBy(changes, rootIn)
  const queue = [...wanted]
  for (let id = queue.pop(); id; id = queue.pop()) {
    for (const {to} of byRoot.get(id) ?? []) {
      for (const need of [...(to?.needs ?? []), ...(to?.softNeeds ?? [])]) {
        if (wanted.has(need) || !byRoot.has(need)) continue
        wanted.add(need)
        queue.push(need)
      }
    }
  }
  return changes.filter((change) => wanted.has(rootIn(change)))
}

/** `f`, `app.f`, with quotes where the name needs them; an older signature of the same name is meant, too. */
function isNamed({name}: CatalogObject, said: string): boolean {
  const bare = said.replace(/\(.*$/s, '')
  return bare === quoteNames(name.at(-1)!) || bare === quoteNames(...name) || bare === name.at(-1) || bare === name.join('.')
}

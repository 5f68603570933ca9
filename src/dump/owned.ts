// A database's catalog and the rules of a project in, what a dump of it holds out: the project's own objects, and what it says of them.
import {attachedIn} from '../diff/attached.ts'
import {asOwners} from '../diff/givers.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {catalogOf} from '../diff/read.ts'
import {rootOf} from '../diff/root.ts'
import {EVERYTHING, scope} from '../diff/scope.ts'
import {sentenceOf} from '../diff/unmodelled.ts'
import type {DumpOptions} from './model.ts'

export type Rules = Pick<DumpOptions, 'external' | 'ignore' | 'roles' | 'ownership'>

export function ownedBy(catalog: Catalog, {external, ignore, roles, ownership}: Rules): Catalog {
  // files grant as the owner
  const own = asOwners(withoutSubscriptions(catalog))
  const {current} = scope(own, own, {...EVERYTHING, external, attached: attachedIn(own, external.schemas), ignore, roles})
  if (ownership === 'strict') return withUnmodelled(current, catalog)
  const objects = new Map([...current.objects].filter(([, o]) => !isOwners(o, current)))
  return catalogOf(objects, current.server, catalog.unmodelled)
}

/** Each belongs to one database and says how to log in elsewhere. */
function withoutSubscriptions(catalog: Catalog): Catalog {
  const kept = [...catalog.objects].filter(([, o]) => !rootOf(o, catalog).startsWith('subscription '))
  return kept.length === catalog.objects.size ? catalog : catalogOf(new Map(kept), catalog.server, catalog.unmodelled)
}

/** What is left out, a sentence each. */
export function leftOut(whole: Catalog, {external}: Rules): string[] {
  const names = (kind: string) =>
    [...whole.objects.values()]
      .filter((o) => o.kind === kind)
      .map((o) => o.name[0]!)
      .sort()
  const said = (what: string, list: readonly string[], why: string) =>
    list.length === 0 ? [] : [`left out: ${what}${list.length > 1 ? 's' : ''} ${list.join(', ')}, ${why}`]
  return [
    ...said('subscription', names('subscription'), 'which belong to one database and log in elsewhere'),
    ...said(
      'schema',
      names('schema').filter((name) => external.schemas.includes(name)),
      'external in pgext.json',
    ),
    ...said(
      'extension',
      names('extension').filter((name) => external.extensions.includes(name)),
      'external in pgext.json',
    ),
    ...whole.denied.map(({kind}) => `left out: every ${kind}, since the role may not look at them`),
    ...whole.unmodelled.map((one) => sentenceOf(one).replace(/^not compared: /, 'left out: ')),
  ]
}

/** Who owns a thing, and what that role may do with it: loading the files makes another one its owner. */
function isOwners(o: CatalogObject, {objects, server}: Catalog): boolean {
  if (o.kind === 'owner') return true
  if (o.kind !== 'privilege') return false
  if (o.body.role === server.user) return true
  return o.body.to === 'owner' && ownerOf(o, objects) !== server.user
}

function ownerOf(fact: CatalogObject, objects: Catalog['objects']): string | undefined {
  for (let at = fact.parent; at; at = objects.get(at)?.parent) {
    const owner = objects.get(`owner ${at}` as ObjectId)
    if (owner) return owner.body.role
  }
  return undefined
}

function withUnmodelled(catalog: Catalog, {unmodelled}: Catalog): Catalog {
  return catalog.unmodelled === unmodelled ? catalog : {...catalog, unmodelled}
}

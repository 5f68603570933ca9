// A live catalog in, and what files state; the same out, where privileges that others than the owner gave are told as the owner's, as files say them.

import {hashOf} from './alike.ts'
import {baselineOf, targetOf} from './kinds/acl.ts'
import type {Privilege} from './kinds/privilege.ts'
import type {Catalog, CatalogObject, ObjectId} from './model.ts'
import {catalogOf} from './read.ts'

/** Files grant as the owner, and as nobody else: who gave what they state is no difference to them. */
export function asStated(catalog: Catalog, declared: Catalog): Catalog {
  return folded(catalog, (whole, parts) => {
    const stated = declared.objects.get(whole.id)
    if (stated?.hash !== whole.hash) return false
    return parts.every(({id, body}) => !declared.objects.has(id) && mayGive(body.by, body.privileges, whole, declared))
  })
}

/** All of them. */
export const asOwners = (catalog: Catalog): Catalog => folded(catalog, () => true)

type Judge = (whole: CatalogObject, parts: readonly CatalogObject[]) => boolean

function folded(catalog: Catalog, isWanted: Judge): Catalog {
  const given = [...catalog.objects.values()].filter((o) => o.kind === 'privilege' && o.body.by !== undefined)
  if (given.length === 0) return catalog
  const groups = new Map<ObjectId, CatalogObject[]>()
  for (const o of given) {
    const id = o.id.slice(0, -` by "${o.body.by.replaceAll('"', '""')}"`.length) as ObjectId
    groups.set(id, [...(groups.get(id) ?? []), o])
  }
  const objects = new Map<ObjectId, CatalogObject>(catalog.objects)
  for (const [id, parts] of groups) {
    const own = catalog.objects.get(id)
    // PostgreSQL's own defaults give the owner everything, and everybody what anybody could
    const {by: _, ...rest} = parts[0]!.body
    const body = {...rest, privileges: union([...(own ? [own] : []), ...parts])}
    const whole = {...(own ?? parts[0]!), id, body, needs: own?.needs ?? parts[0]!.needs, hash: hashOf('privilege', body)}
    if (!isWanted(whole, parts)) continue
    for (const part of parts) objects.delete(part.id)
    if (isUsual(whole, catalog)) objects.delete(id)
    else if (rest.to !== 'owner') objects.set(id, whole)
  }
  return catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}

/** No fact says what PostgreSQL itself gives. */
function isUsual({parent, body}: CatalogObject<Privilege>, catalog: Catalog): boolean {
  const subject = catalog.objects.get(parent!)
  const target = subject && targetOf(subject)
  if (!subject || !target) return false
  return [...baselineOf(subject, target, body, {desired: catalog})].sort().join() === body.privileges.join()
}

/** A star marks those with grant option. */
function union(facts: readonly CatalogObject[]): string[] {
  const all = new Set<string>(facts.flatMap(({body}) => body.privileges as string[]))
  return [...all].filter((one) => !all.has(`${one}*`)).sort()
}

/** Whoever gave them keeps the right to, where the files are: else they would have to go. */
function mayGive(by: string, privileges: readonly string[], {parent}: CatalogObject, {objects}: Catalog): boolean {
  const about = new Set<ObjectId | undefined>()
  for (let at = parent; at; at = objects.get(at)?.parent) about.add(at)
  const held = new Set<string>()
  for (const o of objects.values()) {
    if (o.kind === 'privilege' && o.body.role === by && about.has(o.parent)) for (const one of o.body.privileges) held.add(one)
  }
  return privileges.every((one) => held.has(`${one.replace('*', '')}*`))
}

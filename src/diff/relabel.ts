// A catalog read from a shadow in, the same under the name of the target's role out.

import {quoteName} from '../postgres/quote.ts'
import {hashOf} from './alike.ts'
import {idOf} from './id.ts'
import type {Catalog, CatalogObject, ObjectId, Step} from './model.ts'
import {catalogOf} from './read.ts'

/** The role that loaded a shadow stands for the target's: what it owns and what its default privileges are become that one's. */
export function relabel(catalog: Catalog, from: string, to: string): Catalog {
  if (from === to) return catalog
  const objects = new Map<ObjectId, CatalogObject>()
  for (const o of catalog.objects.values()) {
    const mine = relabelled(o, from, to)
    objects.set(mine.id, mine)
  }
  return catalogOf(objects, catalog.server, catalog.unmodelled, catalog.denied)
}

function relabelled(o: CatalogObject, from: string, to: string): CatalogObject {
  if (o.kind === 'owner' && o.body.role === from) {
    const body = {...o.body, role: to}
    return {...o, body, hash: hashOf(o.kind, body)}
  }
  if (o.kind === 'user mapping' && o.name[1] === from) {
    const name = [o.name[0]!, to]
    return {...o, name, id: idOf(o.kind, name)}
  }
  if (o.kind === 'database setting of role' && o.name[0] === from) {
    const name = [to, o.name[1]!]
    return {...o, name, id: idOf(o.kind, name)}
  }
  if (o.kind === 'default privilege' && (o.name[0] === from || o.name[3] === from)) {
    const name = o.name.map((part, at) => (at % 3 === 0 && part === from ? to : part))
    return {...o, name, id: idOf(o.kind, name)}
  }
  return o
}

/** Whoever loads the files, or applies the migration, makes the objects: the privileges are to be given by that role, whatever its name. */
export function ofMaker(step: Step, user: string): Step {
  const head = 'ALTER DEFAULT PRIVILEGES'
  const named = `${head} FOR ROLE ${quoteName(user)} `
  return step.sql.startsWith(named) ? {...step, sql: `${head} ${step.sql.slice(named.length)}`} : step
}

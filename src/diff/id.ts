// A kind and a name in, an object's id out. The only place where ids are made.
import {quoteName} from '../postgres/quote.ts'
import type {CatalogObject, ObjectId} from './model.ts'

/** `trigger public.orders.notify`, `function public.add(integer, integer)`; every part quoted as PostgreSQL would. */
export function idOf(kind: string, name: readonly string[], signature = ''): ObjectId {
  return `${kind} ${name.map(quoteName).join('.')}${signature}` as ObjectId
}

/** A fact about another object, named after it: `comment on table public.orders`. */
export function idAbout(kind: string, subject: ObjectId, detail = ''): ObjectId {
  return `${kind} ${subject}${detail && ` ${detail}`}` as ObjectId
}

/** The object's name as SQL: quoted, dotted, with its signature. */
export function nameOf(o: CatalogObject): string {
  return o.name.map(quoteName).join('.') + (o.signature ?? '')
}

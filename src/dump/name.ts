// A table, its columns and a label in, the name that PostgreSQL chooses for a constraint or sequence that has none out.
import type {Catalog} from '../diff/model.ts'

const MOST = 63

/** makeObjectName(): the longer of the two parts gives way; undefined where a character might be cut in two. */
export function chosenName(table: string, columns: readonly string[], label: string): string | undefined {
  let [first, second] = [table, addition(columns)]
  const room = MOST - label.length - 1 - (columns.length > 0 ? 1 : 0)
  if (Buffer.byteLength(first + second) > room && /[^\x20-\x7e]/.test(first + second)) return undefined
  let [a, b] = [first.length, second.length]
  while (a + b > room) {
    if (a > b) a--
    else b--
  }
  if (Buffer.byteLength(first + second) > room) [first, second] = [first.slice(0, a), second.slice(0, b)]
  return [first, ...(columns.length > 0 ? [second] : []), label].join('_')
}

/** ChooseIndexNameAddition() */
function addition(columns: readonly string[]): string {
  let text = ''
  for (const column of columns) {
    text += text === '' ? column : `_${column}`
    if (text.length > MOST) break
  }
  return text
}

/** How often a name stands for a relation or constraint of a schema: one that is there once is free when its bearer is made. */
export class Names {
  readonly #bearers = new Map<string, Set<string>>()

  constructor({objects}: Catalog) {
    for (const o of objects.values()) {
      for (const claim of o.claims) if (claim.startsWith('relation ')) this.#add(claim.slice('relation '.length), o.id)
      if (o.kind === 'constraint' || o.kind === 'domain constraint') this.#add(`${o.name[0]}.${o.name[2]}`, o.id)
    }
  }

  isFree(schema: string, name: string): boolean {
    return (this.#bearers.get(`${schema}.${name}`)?.size ?? 0) === 1
  }

  #add(name: string, id: string): void {
    const bearers = this.#bearers.get(name)
    if (bearers) bearers.add(id)
    else this.#bearers.set(name, new Set([id]))
  }
}

// A plan's steps and functions before and after in; the same steps out, those that take something away from under a function's text with that hazard.
import {idOf, nameOf} from '../diff/id.ts'
import type {Catalog, CatalogObject, Change, Hazard, ObjectId, Step} from '../diff/model.ts'
import {oldNameOf, type Rename} from '../diff/renames.ts'
import {ROUTINES} from '../diff/routines.ts'

export interface Code {
  /** as the database has them, or a replay of its migrations */
  readonly running: readonly CatalogObject[]
  readonly desired: Catalog
  readonly changes: readonly Change[]
  readonly renames: readonly Rename[]
}

/** What texts speak of; indexes, constraints, triggers … are named in none. */
const NAMED = new Set([
  'schema',
  'enum value',
  'table',
  'column',
  'view',
  'materialized view',
  'foreign table',
  'foreign column',
  'sequence',
  'enum',
  'domain',
  'composite type',
  'range type',
  'function',
  'procedure',
  'aggregate',
])

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/gu

/** PostgreSQL does not look into these texts when something they name goes: they fail when they are next called. */
export function warnOfCode(steps: readonly Step[], code: Code): Step[] {
  const gone = goneNames(code)
  if (gone.size === 0) return [...steps]
  const texts = textsOf(code)
  if (texts.length === 0) return [...steps]
  return steps.map((step) => {
    const name = gone.get(`${step.verb} ${step.object}`)
    const hazard = name && hazardOf(name, step, texts)
    return hazard ? {...step, hazards: [...step.hazards, hazard]} : step
  })
}

/** By verb and object: the name that nothing answers to any more. */
function goneNames({changes, renames}: Code): Map<string, readonly string[]> {
  const gone = new Map<string, readonly string[]>()
  for (const {verb, from} of changes) if (verb === 'drop' && NAMED.has(from.kind)) gone.set(`drop ${from.id}`, from.name)
  for (const rename of renames) {
    if (NAMED.has(rename.kind)) gone.set(`rename ${idOf(rename.kind, rename.name, rename.signature)}`, oldNameOf(rename))
  }
  return gone
}

interface Text {
  readonly o: CatalogObject
  readonly text: string
  readonly words: ReadonlySet<string>
  /** its text stays as it is, or the files' own names the thing too */
  readonly stays: boolean
}

function textsOf({running, desired, changes}: Code): Text[] {
  const own = new Set<ObjectId>(changes.map(({from, to}) => (to ?? from)!.id))
  const after = [...desired.objects.values()].filter(({kind}) => ROUTINES.has(kind))
  const before = running.filter(({id}) => !own.has(id))
  const text = (o: CatalogObject, stays: boolean): Text[] => {
    const {definition} = o.body as {definition?: string}
    return definition ? [{o, text: definition, words: wordsOf(definition), stays}] : []
  }
  return [...after.flatMap((o) => text(o, true)), ...before.flatMap((o) => text(o, false))]
}

const wordsOf = (text: string): Set<string> => new Set((text.match(WORD) ?? []).map((word) => word.toLowerCase()))

function hazardOf(name: readonly string[], {object}: Step, texts: readonly Text[]): Hazard | undefined {
  // a column is meant where its table is named, too
  const parts = name.length > 1 ? name.slice(1) : name
  const speaking = texts.filter((one) => one.o.id !== object && parts.every((part) => speaksOf(one, part)))
  const lasting = [...new Map(speaking.filter(({stays}) => stays).map(({o}) => [o.id, o])).values()]
  const known = new Set(lasting.map(({id}) => id))
  const passing = speaking.flatMap(({o, stays}) => (stays || known.has(o.id) ? [] : [o]))
  const said = [
    ...(lasting.length > 0 ? [`${listOf(lasting)} ${verb(lasting, 'names', 'name')} it, also in your files`] : []),
    ...(passing.length > 0
      ? [`${listOf(passing)} ${verb(passing, 'names', 'name')} it until pgext deploy-functions has run`]
      : []),
  ]
  return said.length > 0 ? {name: 'breaks-code', why: said.join('; ')} : undefined
}

/** Names that need quotes are no words. */
const speaksOf = ({text, words}: Text, name: string): boolean =>
  words.has(name.toLowerCase()) ||
  text.includes(`"${name.replaceAll('"', '""')}"`) ||
  text.includes(`'${name.replaceAll("'", "''")}'`)

const verb = (list: readonly CatalogObject[], one: string, many: string): string => (list.length === 1 ? one : many)

function listOf(all: readonly CatalogObject[]): string {
  const named = all.slice(0, 3).map((o) => `${o.kind} ${nameOf(o)}`)
  return `${named.join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`
}

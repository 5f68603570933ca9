// A plan's steps and functions before and after in; the same steps out, those that take something away from under a function's text with that hazard.
import type {Use} from '../bodies/model.ts'
import type {Usage} from '../bodies/uses.ts'
import {idOf, nameOf} from '../diff/id.ts'
import type {Catalog, CatalogObject, Change, Hazard, ObjectId, Step} from '../diff/model.ts'
import {oldIdOf, oldNameOf, type Rename} from '../diff/renames.ts'
import {ROUTINES} from '../diff/routines.ts'

export interface Code {
  /** as the database has them, or a replay of its migrations */
  readonly running: readonly CatalogObject[]
  /** without what is deployed beside a replay */
  readonly current: Catalog
  readonly desired: Catalog
  readonly changes: readonly Change[]
  readonly renames: readonly Rename[]
  /** what bodies use in the current state, with these functions made there or put in others' place; undefined: nobody could look */
  readonly uses: (laid: readonly CatalogObject[]) => Promise<Usage | undefined>
  /** what they use in the desired state */
  readonly usesThen: () => Promise<Usage | undefined>
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

/** PostgreSQL tells of these what a body uses; of the others words alone do. */
const ASKED = new Set([...NAMED].filter((kind) => !['schema', 'enum value', 'sequence'].includes(kind)))

interface Gone {
  readonly kind: string
  readonly name: readonly string[]
  /** in the current state */
  readonly id: ObjectId
  readonly isRenamed: boolean
}

/** PostgreSQL does not look into these texts when something they name goes: they fail when they are next called. */
export async function warnOfCode(steps: readonly Step[], code: Code): Promise<Step[]> {
  const gone = goneNames(code)
  if (gone.size === 0) return [...steps]
  const texts = textsOf(code)
  const met = steps.flatMap((step) => gone.get(`${step.verb} ${step.object}`) ?? [])
  // a body that names no part of them uses none of them
  if (!texts.some((one) => met.some(({name}) => partsOf(name).some((part) => speaksOf(one, part))))) return [...steps]
  const judge = await judgeOf(texts, met, code)
  return steps.map((step) => {
    const one = gone.get(`${step.verb} ${step.object}`)
    const hazard = one && hazardOf(one, step, texts, judge)
    return hazard ? {...step, hazards: [...step.hazards, hazard]} : step
  })
}

/** By verb and object: what nothing answers to any more. */
function goneNames({changes, renames}: Code): Map<string, Gone> {
  const gone = new Map<string, Gone>()
  for (const {verb, from} of changes)
    if (verb === 'drop' && NAMED.has(from.kind))
      gone.set(`drop ${from.id}`, {kind: from.kind, name: from.name, id: from.id, isRenamed: false})
  for (const rename of renames) {
    if (!NAMED.has(rename.kind)) continue
    const key = `rename ${idOf(rename.kind, rename.name, rename.signature)}`
    gone.set(key, {kind: rename.kind, name: oldNameOf(rename), id: oldIdOf(rename), isRenamed: true})
  }
  return gone
}

/** A column is meant where its table is named, too. */
const partsOf = (name: readonly string[]): readonly string[] => (name.length > 1 ? name.slice(1) : name)

type Verdict = 'uses' | 'may' | undefined
type Judge = (text: Text, gone: Gone) => Verdict

/** Where PostgreSQL has told what a body uses, words say nothing more; where it could not, they are all there is. */
async function judgeOf(texts: readonly Text[], met: readonly Gone[], code: Code): Promise<Judge> {
  const speaks = (text: Text, {name}: Gone) => partsOf(name).every((part) => speaksOf(text, part))
  const before = new Map(code.running.map((o) => [o.id, o.body.definition]))
  const isNew = (text: Text) => text.stays && before.get(text.o.id) !== text.text
  const beside = code.running.filter(({id}) => !code.current.objects.has(id))
  const touches = (text: Text) => met.some(({name}) => partsOf(name).some((part) => speaksOf(text, part)))
  const fresh = new Set(texts.filter(isNew))
  const come = [...fresh].filter(touches)
  const now = surenessOf(await code.uses(beside))
  // what is gone there, and was understood there, is not what they use
  const after = surenessOf(come.length > 0 ? await code.usesThen() : undefined)
  const open = come.filter(({o}) => !after.isSure(o.id))
  const then = open.length > 0 ? surenessOf(await code.uses([...beside, ...open.map(({o}) => o)])) : now
  const touched = new Set(open)
  return (text, gone) => {
    // a body in standard SQL follows, or keeps what it needs
    if (text.o.body.atomic) return undefined
    if (fresh.has(text) && !touched.has(text)) return undefined
    const byWords = speaks(text, gone) ? 'may' : undefined
    if (!ASKED.has(gone.kind)) return byWords
    const known = fresh.has(text) ? then : now
    const use = known.use(text.o.id, gone)
    // of a table NEW and OLD are rows, but it is not asked for by them
    if (use && (gone.name.length !== 2 || byWords)) return use.guessed ? 'may' : 'uses'
    return known.isSure(text.o.id) ? undefined : byWords
  }
}

function surenessOf(usage: Usage | undefined) {
  const {routines = [], uses = [], unsure = [], dynamic = [], unread = []} = usage ?? {}
  const doubtful = new Set<ObjectId>([...unsure, ...dynamic, ...unread])
  const sure = new Set(routines.filter((id) => !doubtful.has(id)))
  const found = new Map<string, Use>()
  for (const use of uses) {
    const key = `${use.routine}\0${use.on}`
    const known = found.get(key)
    if (!known || (known.guessed && !use.guessed) || (known.placed && !use.placed)) found.set(key, use)
  }
  return {
    isSure: (id: ObjectId) => sure.has(id),
    use: (id: ObjectId, {id: on, isRenamed}: Gone) => {
      const use = found.get(`${id}\0${on}`)
      return use && !(isRenamed && use.placed) ? use : undefined
    },
  }
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

function hazardOf(gone: Gone, {object}: Step, texts: readonly Text[], judge: Judge): Hazard | undefined {
  const judged = texts.flatMap((one) => {
    const verdict = one.o.id === object ? undefined : judge(one, gone)
    return verdict ? [{...one, verdict}] : []
  })
  const lasting = new Set(judged.flatMap(({o, stays}) => (stays ? [o.id] : [])))
  const among = (verdict: Verdict, stays: boolean) => {
    const found = judged.filter((one) => one.verdict === verdict && one.stays === stays && (stays || !lasting.has(one.o.id)))
    return [...new Map(found.map(({o}) => [o.id, o])).values()]
  }
  const said = [
    sentence(among('uses', true), 'uses', 'use', 'it, also in your files'),
    sentence(among('uses', false), 'uses', 'use', 'it until pgext deploy-functions has run'),
    sentence(among('may', true), 'may name', 'may name', 'it, also in your files'),
    sentence(among('may', false), 'may name', 'may name', 'it until pgext deploy-functions has run'),
  ].filter((one) => one !== '')
  return said.length > 0 ? {name: 'breaks-code', why: said.join('; ')} : undefined
}

function sentence(list: readonly CatalogObject[], one: string, many: string, rest: string): string {
  return list.length === 0 ? '' : `${listOf(list)} ${list.length === 1 ? one : many} ${rest}`
}

/** Names that need quotes are no words. */
const speaksOf = ({text, words}: Text, name: string): boolean =>
  words.has(name.toLowerCase()) ||
  text.includes(`"${name.replaceAll('"', '""')}"`) ||
  text.includes(`'${name.replaceAll("'", "''")}'`)

function listOf(all: readonly CatalogObject[]): string {
  const named = all.slice(0, 3).map((o) => `${o.kind} ${nameOf(o)}`)
  return `${named.join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`
}

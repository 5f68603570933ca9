// Images and viewers in; who sees which, by one statement for all of them, out: what is asked about a viewer is found once, and is a column beside the rows.
import {PgextError} from '../../errors.ts'
import type {Viewer} from '../model.ts'
import {isPlain, TYPE} from '../predicate/kind.ts'
import {type Alone, type Asked, conditionOf} from './alone.ts'
import type {Facts} from './fact.ts'
import {type Group, Groups} from './group.ts'
import {givenOf, type Image, listOf, placesOf, rowsOf, unlike, valuesOf} from './image.ts'
import type {Judge, Note} from './judge.ts'
import type {Law, LawColumn} from './law.ts'
import {lift, type Term} from './lift.ts'
import {namesOf} from './program.ts'
import {spokenOf} from './spoken.ts'

export interface Condition {
  /** SQL, in which terms are columns t0, t1, … */
  readonly sql: string
  /** what those columns stand in */
  readonly alias: string
  readonly columns: readonly LawColumn[]
  /** asked of each viewer */
  readonly terms: readonly Term[]
}

type Texts = readonly (string | null)[]

export class Together implements Judge {
  readonly #asked: Asked
  readonly #law: Law
  readonly #condition: Condition
  readonly #alone: Alone
  readonly #groups = new Groups<Texts>()
  /** those of `list`, in their order */
  #listed: readonly Group<Texts>[] = []
  #list?: string

  constructor(asked: Asked, law: Law, condition: Condition, alone: Alone) {
    this.#asked = asked
    this.#law = law
    this.#condition = condition
    this.#alone = alone
  }

  /** Who has a term that raises an error may see rows for which it is not asked. */
  async join(viewers: readonly Viewer[]): Promise<void> {
    const raising = await this.#alone.raising(viewers)
    const others = viewers.filter((viewer) => !raising.has(viewer))
    const {terms} = this.#condition
    const values = terms.map(({sql}, at) => `(${at}, (${sql})::pg_catalog.text)`).join(', ')
    const sql = `select v.n::pg_catalog.text, v.t from (values ${values}) v (n, t)`
    const landed = terms.length > 0 ? await this.#asked.eyes.ask({sql, path: 'empty'}, others) : others.map(() => [])
    for (const [at, viewer] of others.entries()) {
      const texts = landed?.[at]
      if (!Array.isArray(texts)) raising.add(viewer)
      else
        this.#groups.join(
          viewer,
          terms.map((_, n) => texts.find(([place]) => place === String(n))![1]!),
        )
    }
    await this.#alone.join([...raising])
    this.#list = undefined
  }

  leave(viewer: Viewer): void {
    this.#alone.leave(viewer)
    if (this.#groups.leave(viewer)) this.#list = undefined
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void> | undefined {
    const alone = this.#alone.judge(images, notes)
    if (this.#groups.size === 0) return alone
    return Promise.all([this.#judge(images, notes), alone]).then(() => {})
  }

  /** Where it raises an error nobody knows for whom: each viewer is asked about alone. */
  async #judge(images: readonly Image[], notes: readonly Note[]): Promise<void> {
    const {sql, alias, columns} = this.#condition
    const alone = () => this.#alone.judgeFor([...this.#groups.viewers], images, notes)
    const from = this.#viewers()
    const groups = this.#listed
    const all = images.map((image) => valuesOf(image, placesOf(image.shape, givenOf(columns))))
    const whole = [...all.keys()].filter((n) => all[n])
    const rows = rowsOf(
      this.#asked.types,
      this.#law,
      columns,
      whole.map((n) => all[n]!),
      [alias],
    )
    // what is missing is said as it is for one viewer
    if (!rows || !from || whole.length < images.length) return alone()
    const answer = await this.#asked.eyes.own(
      `with ${alias} as materialized (${from}) select ${alias}.viewer, ${rows.number} from ${rows.from} cross join ${alias} where ${sql}`,
    )
    if (answer instanceof PgextError) return alone()
    for (const [viewer, n] of answer ?? []) groups[Number(viewer)]!.tell(notes[whole[Number(n)]!]!)
  }

  /** A row for each group. undefined: a type is gone. */
  #viewers(): string | undefined {
    if (this.#list !== undefined) return this.#list
    this.#listed = this.#groups.list
    const numbers = listOf(
      this.#listed.map((_, n) => String(n)),
      'pg_catalog._int4',
    )
    const lists = [numbers]
    const names = ['viewer']
    const made = ['u.viewer']
    for (const [at, {type}] of this.#condition.terms.entries()) {
      const named = this.#asked.types.named(type)
      if (!named) return undefined
      lists.push(
        listOf(
          this.#listed.map(({values}) => values[at]!),
          'pg_catalog._text',
        ),
      )
      names.push(`t${at}`)
      // made of a text, a name would have the text's collation
      made.push(`u.t${at}::${named.name}${type === TYPE.name ? ' collate pg_catalog."C"' : ''} as t${at}`)
    }
    this.#list = `select ${made.join(', ')} from rows from (${lists.join(', ')}) u (${names.join(', ')})`
    return this.#list
  }
}

/** A string says why not. */
export async function conditionFor({link, types}: Asked, law: Law, facts: Facts): Promise<Condition | string> {
  if (facts.alien) return facts.alien
  const {system, columns} = await spokenOf(law)
  if (system) return system
  const alias = unlike('v', new Set([law.table, ...law.columns.map(({name}) => name)]))
  const typesOf = async (sqls: readonly string[]) => {
    const described = (await link.run((db) => db.describe(sqls.map((sql) => ({sql: `select (${sql})`}))))) ?? []
    return sqls.map((_, at) => {
      const one = described[at]
      const type = !one || one instanceof Error ? undefined : one.columns[0]!.type
      // a cast to text takes the blanks from the end of a char(n)
      return type !== undefined && isPlain(type) && type !== TYPE.bpchar ? type : undefined
    })
  }
  const terms: Term[] = []
  const policies: {permissive: boolean; sql: string}[] = []
  const asking = {names: namesOf(facts), typesOf}
  for (const {permissive, sql} of law.policies ?? []) {
    const lifted =
      (facts.hasCollations ? undefined : await lift(sql, {...asking, isBare: false}, alias, terms)) ??
      (await lift(sql, {...asking, isBare: true}, alias, terms))
    if (lifted === undefined) return 'a sub-select, a function, or a setting'
    policies.push({permissive, sql: lifted})
  }
  await types.know(
    link,
    terms.map(({type}) => type),
  )
  return {sql: conditionOf(policies), alias, columns, terms}
}

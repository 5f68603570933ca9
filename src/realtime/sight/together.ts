// Images and viewers in; who sees which, by one statement for all of them, out: their claims are a column beside the rows.
import {PgextError} from '../../errors.ts'
import {parse, strings, type Tree, walk} from '../../postgres/parse.ts'
import type {Viewer} from '../model.ts'
import {Printed} from '../predicate/span.ts'
import {type Alone, type Asked, conditionOf} from './alone.ts'
import type {Facts} from './fact.ts'
import {type Image, listOf, placesOf, rowsOf, unlike, valuesOf} from './image.ts'
import type {Judge, Note} from './judge.ts'
import type {Law, LawColumn} from './law.ts'
import {spokenOf} from './spoken.ts'

export interface Condition {
  /** SQL, in which claims are a column */
  readonly sql: string
  /** what that column stands in */
  readonly alias: string
  readonly columns: readonly LawColumn[]
}

export class Together implements Judge {
  readonly #asked: Asked
  readonly #law: Law
  readonly #condition: Condition
  readonly #alone: Alone
  readonly #viewers = new Set<Viewer>()
  /** those of `claims`, in their order */
  #listed: readonly Viewer[] = []
  #claims?: string

  constructor(asked: Asked, law: Law, condition: Condition, alone: Alone) {
    this.#asked = asked
    this.#law = law
    this.#condition = condition
    this.#alone = alone
  }

  async join(viewers: readonly Viewer[]): Promise<void> {
    const raising = await this.#alone.raising(viewers)
    await this.#alone.join([...raising])
    for (const viewer of viewers) if (!raising.has(viewer)) this.#viewers.add(viewer)
    this.#claims = undefined
  }

  leave(viewer: Viewer): void {
    this.#alone.leave(viewer)
    this.#viewers.delete(viewer)
    this.#claims = undefined
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void> | undefined {
    const alone = this.#alone.judge(images, notes)
    if (this.#viewers.size === 0) return alone
    return Promise.all([this.#judge(images, notes), alone]).then(() => {})
  }

  /** Where it raises an error nobody knows for whom: each viewer is asked about alone. */
  async #judge(images: readonly Image[], notes: readonly Note[]): Promise<void> {
    const {sql, alias, columns} = this.#condition
    if (this.#claims === undefined) {
      this.#listed = [...this.#viewers]
      this.#claims = listOf(
        this.#listed.map(({text}) => text),
        'pg_catalog._text',
      )
    }
    const viewers = this.#listed
    const all = images.map((image) => valuesOf(image, placesOf(image.shape, columns)))
    const whole = [...all.keys()].filter((n) => all[n])
    const rows = rowsOf(
      this.#asked.types,
      this.#law,
      columns,
      whole.map((n) => all[n]!),
      [alias],
    )
    // what is missing is said as it is for one viewer
    if (!rows || whole.length < images.length) return this.#alone.judgeFor(viewers, images, notes)
    const answer = await this.#asked.eyes.own(
      `select ${alias}.viewer, ${rows.number} from ${rows.from} cross join ${this.#claims} with ordinality ${alias} (claims, viewer) where ${sql}`,
    )
    if (answer instanceof PgextError) return this.#alone.judgeFor(viewers, images, notes)
    for (const [viewer, n] of answer ?? []) notes[whole[Number(n)]!]!.seeOne(viewers[Number(viewer) - 1]!)
  }
}

/** A string says why not. */
export async function conditionFor(law: Law, {alien}: Facts): Promise<Condition | string> {
  if (alien) return alien
  const {system, columns} = await spokenOf(law)
  if (system) return system
  const alias = unlike('v', new Set([law.table, ...law.columns.map(({name}) => name)]))
  const policies: {permissive: boolean; sql: string}[] = []
  for (const {permissive, sql} of law.policies ?? []) {
    const replaced = await replace(sql, `${alias}.claims`)
    if (replaced === undefined) return 'a setting other than the claims'
    policies.push({permissive, sql: replaced})
  }
  return {sql: conditionOf(policies), alias, columns}
}

const PREFIX = 'select '

/** Each call that asks for the claims by another text. undefined: it asks for something else. */
async function replace(sql: string, by: string): Promise<string | undefined> {
  const text = `${PREFIX}${sql}`
  const printed = await Printed.read(text)
  const calls = new Map<number, boolean>()
  walk(await parse(text), (name, node) => {
    if (name === 'FuncCall' && strings(node.funcname).at(-1) === 'current_setting') calls.set(node.location, asksForClaims(node))
  })
  if ([...calls.values()].includes(false)) return undefined
  const pieces: string[] = []
  let from = 1
  for (const [at, token] of printed.tokens.entries()) {
    if (!calls.has(token.start)) continue
    pieces.push(printed.text({from, to: at}), by)
    from = printed.after(at + 1)
  }
  pieces.push(printed.text({from, to: printed.tokens.length}))
  const replaced = pieces.filter((piece) => piece !== '').join(' ')
  return (await isSame(text, `${PREFIX}${replaced}`, by)) ? replaced : undefined
}

function asksForClaims({funcname, args}: Tree): boolean {
  const [first] = args ?? []
  const literal = (first?.TypeCast ? first.TypeCast.arg : first)?.A_Const?.sval?.sval
  return strings(funcname).length === 1 && literal === 'request.jwt.claims'
}

const PLACES = new Set(['location', 'list_start', 'list_end', 'rexpr_list_start', 'rexpr_list_end'])

/** As the parser reads both, but for the calls. */
async function isSame(before: string, after: string, by: string): Promise<boolean> {
  const [column] = (await parse(`${PREFIX}${by}`))[0]!.stmt.SelectStmt.targetList
  const claims = JSON.stringify(column.ResTarget.val, bare)
  const text = JSON.stringify(await parse(before), (key, value) =>
    value?.FuncCall && strings(value.FuncCall.funcname).at(-1) === 'current_setting' ? JSON.parse(claims) : bare(key, value),
  )
  return text === JSON.stringify(await parse(after), bare)
}

const bare = (key: string, value: unknown): unknown => (PLACES.has(key) ? undefined : value)

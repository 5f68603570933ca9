// A table that somebody watches: laws by role and viewers in, who sees its rows out.
import {createHash} from 'node:crypto'
import type {Declared} from '../../events/declared.ts'
import type {Access, Viewer} from '../model.ts'
import {Alone, type Asked} from './alone.ts'
import {Compiled} from './compiled.ts'
import {type Facts, readFacts} from './fact.ts'
import type {Image} from './image.ts'
import {type Judge, type Note, Open} from './judge.ts'
import type {Law} from './law.ts'
import type {Marks} from './mark.ts'
import {oidsOf} from './oids.ts'
import {programOf} from './program.ts'
import type {Reads} from './reads.ts'
import {conditionFor, Together} from './together.ts'
import {warningsOf} from './warning.ts'

interface Enacted {
  readonly law: Law
  access: Access
  readonly judge: Judge
  readonly facts?: Facts
  /** who waits to be asked about */
  next?: Arrival
  /** of those before them */
  last: Promise<unknown>
}

interface Way {
  readonly judge: Judge
  readonly tier: Access['tier']
  /** why it is no cheaper one */
  readonly why?: string
  readonly facts?: Facts
}

interface Arrival {
  readonly viewers: Set<Viewer>
  readonly done: Promise<void>
}

type Named = Pick<Law, 'relid' | 'schema' | 'table'>

/** What its policies reach, and what of that can't be promised. */
export interface Reach {
  readonly reads: Reads
  readonly declared: Declared
}

export class Table {
  readonly name: Named
  readonly reach: Reach
  readonly #asked: Asked
  readonly #roles = new Map<string, Enacted>()
  readonly #counts: Map<Viewer, number>

  /** @param counts viewers, by how many times they are here */
  constructor(asked: Asked, name: Named, reach: Reach, counts: Map<Viewer, number> = new Map()) {
    this.name = name
    this.reach = reach
    this.#asked = asked
    this.#counts = counts
  }

  get relid(): number {
    return this.name.relid
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  get roles(): ReadonlySet<string> {
    return new Set([...this.#counts.keys()].map(({role}) => role))
  }

  /** roles whose laws are known, whether anybody looks with them or not */
  get bound(): readonly string[] {
    return [...this.#roles.keys()]
  }

  law(role: string): Law | undefined {
    return this.#roles.get(role)?.law
  }

  async enact(law: Law): Promise<void> {
    const {judge, tier, why, facts} = await this.#judgeOf(law)
    this.#roles.set(law.role, {
      law,
      access: {...accessOf(law, this.reach, tier, facts), ...(why && {why})},
      judge,
      ...(facts && {facts}),
      last: Promise.resolve(),
    })
  }

  /** The cheapest that can tell. */
  async #judgeOf(law: Law): Promise<Way> {
    if (!law.policies) return {judge: new Open(), tier: 'privileges'}
    const {link, eyes, tiers} = this.#asked
    const alone = new Alone(this.#asked, law)
    const facts = await readFacts(link, oidsOf(treesOf(law)))
    const program = tiers.has('compiled') ? await programOf(link, law, facts) : 'it is not to be compiled'
    if (typeof program !== 'string') return {judge: new Compiled(eyes, law, program, alone), tier: 'compiled', facts}
    const condition = tiers.has('set') ? await conditionFor(this.#asked, law, facts) : program
    if (typeof condition !== 'string')
      return {judge: new Together(this.#asked, law, condition, alone), tier: 'set', why: program, facts}
    return {judge: alone, tier: 'viewer', facts, why: program === condition ? program : `${program}; ${condition}`}
  }

  async join(viewer: Viewer): Promise<Access> {
    const {access} = this.#roles.get(viewer.role)!
    if (!this.#counts.has(viewer)) await this.#admit(viewer)
    this.#counts.set(viewer, (this.#counts.get(viewer) ?? 0) + 1)
    return access
  }

  /** Those who come while others are asked about are asked about together, when that is done. */
  #admit(viewer: Viewer): Promise<void> {
    const enacted = this.#roles.get(viewer.role)!
    enacted.next ??= begin(enacted)
    enacted.next.viewers.add(viewer)
    return enacted.next.done
  }

  leave(viewer: Viewer): void {
    const count = this.#counts.get(viewer) ?? 0
    if (count > 1) this.#counts.set(viewer, count - 1)
    if (count !== 1) return
    this.#counts.delete(viewer)
    this.#roles.get(viewer.role)?.judge.leave(viewer)
  }

  /** oids of all that its policies are known to call */
  get functions(): ReadonlySet<number> {
    const settled = [...this.#roles.values()].flatMap(({facts}) => [...(facts?.settled.values() ?? [])])
    return new Set([...this.reach.reads.functions.keys(), ...settled])
  }

  /** They name labels of types. */
  get hasLabels(): boolean {
    return [...this.#roles.values()].some(({facts}) => facts?.hasLabels)
  }

  /** They call what may call anything. */
  get isOpaque(): boolean {
    const called = [...this.reach.reads.functions.values()].filter(({isKnown}) => !isKnown)
    return [...this.#roles.values()].some(({facts}) => facts && called.some(({name}) => !facts.settled.has(name)))
  }

  /** Of all that was looked at, what decides who sees its rows. */
  stamp(marks: Marks): void {
    const {relations} = this.reach.reads
    const whats = [...[...relations].map((oid) => `table ${oid}`), ...[...this.functions].map((oid) => `function ${oid}`)]
    const own = [...whats.sort(), 'names', ...(this.hasLabels ? ['labels'] : []), ...(this.isOpaque ? ['bodies'] : [])].map(
      (what) => [what, marks.get(what)],
    )
    for (const enacted of this.#roles.values()) enacted.access = {...enacted.access, mark: markOf(enacted.law, own)}
  }

  /** The same laws, and none of them says anything that roles and schemas decide when it is asked. */
  isBoundBy(laws: readonly Law[]): boolean {
    return (
      laws.length === this.#roles.size &&
      laws.every((law) => {
        const known = this.#roles.get(law.role)
        return known?.access.tier !== 'viewer' && JSON.stringify(known?.law) === JSON.stringify(law)
      })
    )
  }

  /** The same viewers under other laws; who has none any more is told by `access`. They may leave meanwhile, of whichever of the two. */
  async renew(laws: readonly Law[], reach: Reach): Promise<Table> {
    const [{schema, table: called} = {...this.name, table: this.name.table}] = laws
    const table = new Table(this.#asked, {relid: this.relid, schema, table: called}, reach, this.#counts)
    for (const law of laws) await table.enact(law)
    for (const {law, judge} of table.#roles.values())
      await judge.join([...this.#counts.keys()].filter(({role}) => role === law.role))
    return table
  }

  /** Those who left while it was renewed. */
  settle(before: readonly Viewer[]): void {
    for (const viewer of before) if (!this.#counts.has(viewer)) this.#roles.get(viewer.role)?.judge.leave(viewer)
  }

  get viewers(): readonly Viewer[] {
    return [...this.#counts.keys()]
  }

  access(viewer: Viewer): Access | undefined {
    return this.#counts.has(viewer) ? this.#roles.get(viewer.role)?.access : undefined
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void>[] {
    return [...this.#roles.values()].flatMap(({judge}) => judge.judge(images, notes) ?? [])
  }
}

/** Of its policies, and of columns that these may speak of. */
const treesOf = ({policies = [], columns}: Law): string[] => [
  ...policies.map(({tree}) => tree),
  ...columns.flatMap(({generated}) => (generated ? [generated.tree] : [])),
]

function begin(enacted: Enacted): Arrival {
  const viewers = new Set<Viewer>()
  const done = enacted.last.then(() => {
    enacted.next = undefined
    return enacted.judge.join([...viewers])
  })
  enacted.last = done.catch(() => {})
  return {viewers, done}
}

const markOf = (law: Law, others: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([law, others]))
    .digest('base64url')

function accessOf(law: Law, {reads, declared}: Reach, tier: Access['tier'], facts?: Facts): Access {
  const {relid, schema, table, columns, isLate} = law
  return {
    relid,
    schema,
    table,
    isLate,
    columns: new Set(columns.filter(({granted}) => granted).map(({name}) => name)),
    key: columns.filter(({key}) => key).map(({name}) => name),
    mark: markOf(law, []),
    tier,
    reads: new Set(tier === 'viewer' ? reads.tables.keys() : []),
    warnings: facts && tier === 'viewer' ? warningsOf(reads, declared, facts) : [],
  }
}

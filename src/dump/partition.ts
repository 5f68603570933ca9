// Steps in, the same out with tables that are made as partitions: what they have from their parent is not said again.
import {idAbout, idOf} from '../diff/id.ts'
import {attachedTo, isPartial} from '../diff/kinds/attachment.ts'
import type {ColumnBody} from '../diff/kinds/column.ts'
import type {ConstraintBody} from '../diff/kinds/constraint.ts'
import {isAlone} from '../diff/kinds/not-null.ts'
import type {PartitionBody} from '../diff/kinds/partition.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../diff/model.ts'
import {isChosen} from './constraint.ts'
import type {Names} from './name.ts'

export interface Place {
  readonly parent: readonly [string, string]
  readonly bound: string
  /** defaults and constraints that it does not have from its parent */
  readonly own: ReadonlySet<ObjectId>
}

export interface Placed {
  readonly steps: readonly Step[]
  /** table → where it is made */
  readonly places: ReadonlyMap<ObjectId, Place>
}

type Column = CatalogObject<ColumnBody>
type Constraint = CatalogObject<ConstraintBody>

export function withPartitions(steps: readonly Step[], context: Context, names: Names): Placed {
  const makers = new Map(steps.flatMap((step) => step.makes.map((id) => [id, step] as const)))
  const places = new Map<ObjectId, Place>()
  const gone = new Set<Step>()
  const heads = new Map<Step, readonly Step[]>()
  for (const o of context.desired.objects.values()) {
    if (o.kind !== 'partition') continue
    const place = new Placing(o, makers, context, names)
    if (!place.own || !place.head) continue
    places.set(o.parent!, {parent: o.body.parent, bound: o.body.bound, own: place.own})
    heads.set(place.head, place.taken)
    for (const step of place.taken) gone.add(step)
  }
  return {places, steps: steps.filter((step) => !gone.has(step)).map((step) => taking(step, heads.get(step)))}
}

function taking(head: Step, taken: readonly Step[] | undefined): Step {
  if (!taken) return head
  const makes = [...head.makes, ...taken.flatMap((step) => step.makes)]
  const own = new Set(makes)
  const needs = [...head.needs, ...taken.flatMap((step) => step.needs)]
  return {...head, makes, needs: needs.filter((id) => !own.has(id) && !isBelow(id))}
}

/** A key without partitions is whole; one that is attached waits for those of tables further below. */
function isBelow(id: ObjectId): boolean {
  return id.startsWith('index attachment ')
}

/** One partition, and whether its parent gives it all that it needs when it is made as such. */
class Placing {
  readonly head: Step | undefined
  /** what the statement does besides: the place, and that its keys are parts of the parent's */
  readonly taken: readonly Step[]
  /** undefined: it has to be made by itself, and attached */
  readonly own: ReadonlySet<ObjectId> | undefined
  readonly #above: Step | undefined
  readonly #context: Context
  readonly #names: Names

  constructor(o: CatalogObject<PartitionBody>, makers: ReadonlyMap<ObjectId, Step>, context: Context, names: Names) {
    this.#context = context
    this.#names = names
    const {objects} = context.desired
    const [table, parent] = [objects.get(o.parent!), objects.get(idOf('table', o.body.parent))]
    const attach = makers.get(o.id)
    this.head = table?.kind === 'table' ? makers.get(table.id) : undefined
    this.#above = parent && makers.get(parent.id)
    const [head, above] = [this.head, this.#above]
    this.taken = []
    if (!table || !parent || !attach || !head || !above) return
    // a partition follows its parent in both, if it says nothing itself
    if (parent.body.accessMethod || parent.body.tablespace) return
    const isReady = attach.needs.every((id) => isBelow(id) || [head, above, undefined].includes(makers.get(id)))
    const values = this.#columns(table, parent)
    const keys = this.#constraints(table, parent)
    if (!isReady || !values || !keys) return
    this.taken = [attach, ...keys.attached.flatMap((k) => makers.get(idAbout('index attachment', k.id)) ?? [])]
    this.own = new Set([...values, ...keys.own])
  }

  /** Defaults of its own, if its columns are those of its parent. */
  #columns(table: CatalogObject, parent: CatalogObject): ObjectId[] | undefined {
    const [own, above] = [table, parent].map((t) => this.#children(t).filter((c): c is Column => c.kind === 'column'))
    if (own!.length !== above!.length || !own!.every((c, at) => this.#isSame(c, above![at]!))) return undefined
    const values: ObjectId[] = []
    for (const [at, c] of own!.entries()) {
      const [value, given] = [c, above![at]!].map((one) => this.#children(one).find(({kind}) => kind === 'default'))
      const isGiven = given !== undefined && this.#above!.makes.includes(given.id)
      if (isGiven && !value) return undefined
      if (value && this.head!.makes.includes(value.id) && !(isGiven && given.body.expression === value.body.expression)) {
        values.push(value.id)
      }
    }
    return values
  }

  #isSame(c: Column, above: Column): boolean {
    const isShared = this.#context.server.major >= 17
    if (c.name[2] !== above.name[2] || isAlone(c.body) || isAlone(above.body) || (c.body.identity && !isShared)) return false
    const [own, given] = [c, above].map(({body}) =>
      JSON.stringify({...body, inherited: undefined, partitionKey: undefined, identity: undefined, notNullName: undefined}),
    )
    return own === given
  }

  /** Constraints of its own, and keys that are parts of its parent's, if these bear the names that they get. */
  #constraints(table: CatalogObject, parent: CatalogObject): {own: ObjectId[]; attached: Constraint[]} | undefined {
    const {desired} = this.#context
    const isOwn = (k: CatalogObject): k is Constraint => k.kind === 'constraint' && k.body.type !== 'f'
    const [said, given] = [this.#children(table).filter(isOwn), this.#children(parent).filter(isOwn)]
    const checks = new Map(given.filter(({body}) => body.type === 'c').map((k) => [k.name[2], k]))
    const [own, attached]: [ObjectId[], Constraint[]] = [[], []]
    for (const k of said) {
      const above =
        k.body.type === 'c' ? k.body.inherited && checks.get(k.name[2]) : given.find((g) => attachedTo(k, desired) === g.id)
      if (!above) {
        if (k.body.inherited || attachedTo(k, desired)) return undefined
        if (this.head!.makes.includes(k.id)) own.push(k.id)
      } else if (!this.#isGiven(k, above)) return undefined
      else if (k.body.type !== 'c') attached.push(k)
    }
    const keys = given.filter((k) => k.body.type !== 'c' && !isPartial(k, this.#context))
    const all = keys.every((k) => this.#above!.makes.includes(k.id) && attached.some((one) => attachedTo(one, desired) === k.id))
    return all ? {own, attached} : undefined
  }

  #isGiven(k: Constraint, above: Constraint): boolean {
    if (!this.head!.makes.includes(k.id) || !this.#above!.makes.includes(above.id)) return false
    if (JSON.stringify({...k.body, inherited: undefined}) !== JSON.stringify({...above.body, inherited: undefined})) return false
    return k.body.type === 'c' || isChosen(k, this.#names)
  }

  #children(o: CatalogObject): readonly CatalogObject[] {
    return this.#context.children('desired', o.id)
  }
}

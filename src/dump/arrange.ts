// Sections in, blocks out: in a person's order, but for what something before it needs; what stands in a cycle waits its turn.
import type {ObjectId, Step} from '../diff/model.ts'
import {rankOf} from './group.ts'
import type {Block, Section} from './model.ts'

export function arrange(sections: readonly Section[]): Block[] {
  return new Arrangement(sections).blocks
}

/** A step that waits for these. */
interface Late {
  readonly section: Section
  readonly step: Step
  readonly needs: readonly ObjectId[]
}

class Arrangement {
  readonly blocks: Block[] = []
  readonly #makers = new Map<ObjectId, Section>()
  readonly #heads = new Map<Section, readonly Section[]>()
  readonly #placing = new Set<Section>()
  readonly #placed = new Set<Section>()
  readonly #made = new Set<ObjectId>()
  readonly #waiting = new Map<ObjectId, Late[]>()
  #ready: Late[] = []

  constructor(sections: readonly Section[]) {
    for (const section of sections) {
      for (const step of section.steps) for (const id of step.makes) this.#makers.set(id, section)
    }
    let last: Section | undefined
    for (const section of inPersonsOrder(sections)) {
      if (last && (last.group !== section.group || last.schema !== section.schema)) this.#flush()
      this.#place(section)
      last = section
    }
    this.#flush()
  }

  /** What could run now, stands behind its neighbours all the same, unless one of them needs it. */
  #flush(): void {
    while (this.#ready.length > 0) this.#emitReady()
  }

  #place(section: Section): void {
    if (this.#placed.has(section) || this.#placing.has(section)) return
    this.#placing.add(section)
    const own = new Set(section.steps.flatMap((step) => step.makes))
    const left = new Set<ObjectId>()
    const now: Step[] = []
    for (const step of section.steps) {
      for (const id of [...step.needs, ...step.softNeeds]) this.#fetch(id, section)
      if (this.#ready.some((late) => late.step.makes.some((id) => step.needs.includes(id)))) this.#flush()
      const needs = [...step.needs, ...this.#awaited(step, section)]
      const lacks = needs.some((id) => left.has(id) || (!own.has(id) && this.#makers.has(id) && !this.#made.has(id)))
      if (!lacks) now.push(step)
      else {
        for (const id of step.makes) left.add(id)
        this.#wait({section, step, needs})
      }
    }
    this.#placing.delete(section)
    this.#placed.add(section)
    if (now.length > 0) this.#emit({section, steps: now, late: false})
  }

  /** What should stand before a step, and comes by itself behind the section's object: others' objects, which are made of what they need alone. */
  #awaited(step: Step, section: Section): ObjectId[] {
    const lacking = step.softNeeds.filter((id) => !this.#made.has(id) && this.#makers.has(id) && this.#makers.get(id) !== section)
    if (lacking.length === 0 || headOf(section).includes(step)) return []
    return lacking.filter((id) => headOf(this.#makers.get(id)!).some(({makes}) => makes.includes(id)))
  }

  /** The section that makes this comes first, unless it can't. */
  #fetch(id: ObjectId, from: Section): void {
    const maker = this.#makers.get(id)
    if (!maker || maker === from || this.#placed.has(maker) || this.#reaches(maker, new Set())) return
    this.#place(maker)
  }

  /** Does its object itself need one that is being placed? */
  #reaches(section: Section, seen: Set<Section>): boolean {
    if (this.#placing.has(section)) return true
    if (this.#placed.has(section) || seen.has(section)) return false
    seen.add(section)
    return this.#headNeeds(section).some((need) => this.#reaches(need, seen))
  }

  #headNeeds(section: Section): readonly Section[] {
    const known = this.#heads.get(section)
    if (known) return known
    const found = new Set<Section>()
    for (const step of headOf(section)) {
      for (const id of step.needs) {
        const maker = this.#makers.get(id)
        if (maker && maker !== section) found.add(maker)
      }
    }
    const list = [...found]
    this.#heads.set(section, list)
    return list
  }

  #wait(late: Late): void {
    const missing = late.needs.find((id) => this.#makers.has(id) && !this.#made.has(id))
    if (missing === undefined) {
      this.#ready.push(late)
      return
    }
    const list = this.#waiting.get(missing)
    if (list) list.push(late)
    else this.#waiting.set(missing, [late])
  }

  #emit(block: Block): void {
    this.blocks.push(block)
    const freed: Late[] = []
    for (const step of block.steps) {
      for (const id of step.makes) {
        this.#made.add(id)
        freed.push(...(this.#waiting.get(id) ?? []))
        this.#waiting.delete(id)
      }
    }
    for (const late of freed) this.#wait(late)
  }

  /** What has waited long enough, a block for each section. */
  #emitReady(): void {
    const [{section}] = this.#ready as [Late]
    const now = this.#ready.filter((late) => late.section === section).map(({step}) => step)
    this.#ready = this.#ready.filter((late) => late.section !== section)
    const at = new Map(section.steps.map((step, n) => [step, n]))
    this.#emit({section, steps: now.sort((a, b) => at.get(a)! - at.get(b)!), late: true})
  }
}

/** The steps that make the section's object, with what they need of the section itself. */
export function headOf(section: Section): readonly Step[] {
  const makers = new Map(section.steps.flatMap((step) => step.makes.map((id) => [id, step] as const)))
  const head = new Set<Step>()
  const visit = (step: Step | undefined) => {
    if (!step || head.has(step)) return
    head.add(step)
    for (const id of step.needs) visit(makers.get(id))
  }
  visit(makers.get(section.object.id))
  // a person reads of a partition below its parent
  for (const step of section.steps) if (step.object.startsWith('partition ')) visit(step)
  return section.steps.filter((step) => head.has(step))
}

function inPersonsOrder(sections: readonly Section[]): Section[] {
  const key = ({group, schema, object}: Section) => [
    String(group.phase),
    schema === 'public' || schema === '' ? '' : `x${schema}`,
    String(rankOf(group)).padStart(3, '0'),
    object.name.join('\0'),
    object.id,
  ]
  const keyed = sections.map((section) => ({section, key: key(section).join('\u0001')}))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({section}) => section)
}

// What kinds said of objects in: steps, what another step does along, refusals; the steps alone, each with all that it does, out.
import {PgextError} from '../errors.ts'
import type {Along, CatalogObject, ObjectId, Refusal, Step} from './model.ts'

export type Result = {readonly object: CatalogObject; readonly does: 'make' | 'break'; readonly result: Along | Refusal} | Step

/** Gives what another step does along to that step. */
export class Alongs {
  steps: Step[] = []
  readonly #waiting: {object: CatalogObject; does: 'make' | 'break'; with: ObjectId}[] = []
  readonly #refused: string[] = []

  constructor(results: readonly Result[]) {
    for (const result of results) {
      if ('sql' in result) this.steps.push(result)
      else if ('refuse' in result.result) this.#refused.push(result.result.refuse)
      else this.#waiting.push({object: result.object, does: result.does, with: result.result.with})
    }
  }

  settle(): void {
    const leads = new Map<string, {object: CatalogObject; does: 'make' | 'break'; with: ObjectId}>()
    for (const one of this.#waiting) leads.set(`${one.does} ${one.object.id}`, one)
    const extra = new Map<string, CatalogObject[]>()
    for (const one of this.#waiting) {
      let target = one.with
      for (let n = 0; n < 50; n++) {
        const next = leads.get(`${one.does} ${target}`)
        if (!next) break
        target = next.with
      }
      const key = `${one.does} ${target}`
      const list = extra.get(key)
      if (list) list.push(one.object)
      else extra.set(key, [one.object])
    }
    if (extra.size === 0) return
    this.steps = this.steps.map((step) => {
      const made = step.makes.flatMap((id) => extra.get(`make ${id}`) ?? [])
      const broken = step.breaks.flatMap((id) => extra.get(`break ${id}`) ?? [])
      if (made.length === 0 && broken.length === 0) return step
      const makes = [...step.makes, ...made.map((o) => o.id)]
      const own = new Set(makes)
      return {
        ...step,
        makes,
        needs: [...step.needs, ...made.flatMap((o) => o.needs)].filter((id) => !own.has(id)),
        breaks: [...step.breaks, ...broken.map((o) => o.id)],
        claims: [...step.claims, ...made.flatMap((o) => o.claims)],
        frees: [...step.frees, ...broken.flatMap((o) => o.claims)],
      }
    })
  }

  refuse(): void {
    if (this.#refused.length === 0) return
    throw new PgextError('not-supported', this.#refused.join('\n'), {hint: 'write this part of the migration by hand'})
  }
}

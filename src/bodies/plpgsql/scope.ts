// What a name in a PL/pgSQL body stands for: variables, block by block, looked up as PL/pgSQL does (pl_funcs.c, plpgsql_ns_lookup).
import type {Declaration} from './tree.ts'

export interface Variable {
  /** its own, in this body */
  readonly number: number
  readonly name: string
  /** where it is declared; -1: with the function */
  readonly from: number
  readonly origin: 'parameter' | 'out' | 'declared' | 'loop' | 'own'
  /** type oid; 0: nobody knows */
  readonly type: number
  /** of varchar(3) */
  readonly modifier?: number
  /** a row or record: its fields may be named */
  readonly isRow: boolean
  /** a record: what it holds depends on what was last put into it */
  readonly isRecord: boolean
  /** what its type is depends on the call */
  readonly isPolymorphic?: boolean
  readonly constant?: boolean
  readonly notNull?: boolean
  /** a cursor bound to its query */
  readonly cursor?: Declaration
}

/** What names stand for, and how many of them were needed to say so. */
export interface Found {
  readonly variable: Variable
  readonly used: number
}

export class Scope {
  readonly #outer?: Scope
  readonly #label?: string
  readonly #variables: {readonly name: string; readonly variable: Variable; readonly from: number}[] = []

  constructor(label?: string, outer?: Scope) {
    this.#label = label
    this.#outer = outer
  }

  /** `from`: from where on it is seen */
  add(variable: Variable, name = variable.name, from = variable.from): void {
    this.#variables.push({name, variable, from})
  }

  /** As seen at a place of the body: what is declared further down is not there yet. */
  find(names: readonly string[], at: number): Found | undefined {
    const [first, second, third] = names
    const here = this.#named(first!, at)
    if (here && (second === undefined || here.isRow)) return {variable: here, used: 1}
    if (second !== undefined && this.#label === first) {
      const inside = this.#named(second, at)
      if (inside && (third === undefined || inside.isRow)) return {variable: inside, used: 2}
    }
    return this.#outer?.find(names, at)
  }

  get isLabelled(): boolean {
    return this.#label !== undefined
  }

  /** In this block alone. */
  has(name: string, at: number): boolean {
    return this.#named(name, at) !== undefined
  }

  get outer(): Scope | undefined {
    return this.#outer
  }

  #named(name: string, at: number): Variable | undefined {
    return this.#variables.find((one) => one.name === name && one.from < at)?.variable
  }
}

// Roles and claims in, viewers out: equal ones are one object, for as long as somebody holds it.
import type {Claims, Viewer} from './model.ts'

export class Viewers {
  readonly #known = new Map<string, WeakRef<Viewer>>()
  readonly #gone = new FinalizationRegistry<string>((key) => {
    if (!this.#known.get(key)?.deref()) this.#known.delete(key)
  })

  of(role: string, claims: Claims): Viewer {
    const text = textOf(claims)
    const key = JSON.stringify([role, text])
    const known = this.#known.get(key)?.deref()
    if (known) return known
    const viewer: Viewer = {role, claims, text, key}
    this.#known.set(key, new WeakRef(viewer))
    this.#gone.register(viewer, key)
    return viewer
  }
}

/** Names in order: the same claims have the same text. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${textOf(inner)}`)
    .join(',')}}`
}

/** What of a token says when it was made, how long it lasts, or which one it is: two that differ in nothing else are of the same person. */
const TIMES: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'jti'])

/** The same role and claims, but for those that each token has its own of. */
export const isSamePerson = (a: Viewer, b: Viewer): boolean => a === b || personOf(a) === personOf(b)

/** Role and claims, but for those. */
export const personOf = ({role, claims}: Viewer): string =>
  textOf([role, Object.fromEntries(Object.entries(claims).filter(([name]) => !TIMES.has(name)))])

// The judgement as a person wrote it in; a verdict for each column and sort of row out.
import {JUDGED} from './judged.ts'
import {SORTS} from './sorts.ts'

export interface Judged {
  readonly catalog: string
  readonly column: string
  /** absent where all rows are of one sort, or judged alike */
  readonly sort?: string
  readonly verdict: string
  /** of `by KIND, KIND` */
  readonly kinds: readonly string[]
}

/** Every catalog that is judged as a whole, and why. */
export const WHOLE: ReadonlyMap<string, string> = new Map(
  Object.entries(JUDGED).flatMap(([catalog, columns]) => (typeof columns === 'string' ? [[catalog, columns] as const] : [])),
)

export const VERDICTS: readonly Judged[] = Object.entries(JUDGED).flatMap(([catalog, columns]) =>
  typeof columns === 'string'
    ? []
    : Object.entries(columns).flatMap(([names, judgement]) =>
        names.split(' ').flatMap((column) =>
          Object.entries(typeof judgement === 'string' ? {'*': judgement} : judgement).flatMap(([sorts, verdict]) =>
            sorts.split(' ').map((sort) => ({
              catalog,
              column,
              ...(sort !== '*' && {sort}),
              verdict,
              kinds: verdict.startsWith('by ') ? verdict.slice('by '.length).split(', ') : [],
            })),
          ),
        ),
      ),
)

/** What a judgement names that there is no sort of, and sorts that it leaves out. */
export function unsorted(): string[] {
  const wrong: string[] = []
  for (const [key, verdicts] of byColumn()) {
    const sorts = Object.keys(SORTS[verdicts[0]!.catalog] ?? {})
    const named = verdicts.flatMap(({sort}) => sort ?? [])
    if (new Set(named).size < named.length) wrong.push(`${key} is judged twice`)
    for (const sort of named) if (!sorts.includes(sort)) wrong.push(`${key}: there is no sort ${sort}`)
    if (named.length < verdicts.length) continue
    for (const sort of sorts) if (!named.includes(sort)) wrong.push(`${key}: sort ${sort} is not judged`)
  }
  return wrong
}

function byColumn(): Map<string, Judged[]> {
  const columns = new Map<string, Judged[]>()
  for (const judged of VERDICTS) {
    const key = `${judged.catalog}.${judged.column}`
    columns.set(key, [...(columns.get(key) ?? []), judged])
  }
  return columns
}

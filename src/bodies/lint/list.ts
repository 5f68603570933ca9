// A routine in; what all lints say of it out.
import {definer} from './definer.ts'
import {dynamic} from './dynamic.ts'
import type {Hint, Lint, Looked} from './lint.ts'
import {parallel} from './parallel.ts'
import {shadowed} from './shadowed.ts'
import {strict} from './strict.ts'
import {unreachable} from './unreachable.ts'
import {unused} from './unused.ts'
import {volatile} from './volatile.ts'

const LINTS: readonly Lint[] = [definer, dynamic, parallel, shadowed, strict, unreachable, unused, volatile]

export async function lint(looked: Looked): Promise<Hint[]> {
  const hints = await Promise.all(LINTS.map((one) => one(looked)))
  return hints.flat()
}

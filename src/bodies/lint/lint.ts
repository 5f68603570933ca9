// The words for lints: what they look at, and what they say.

import type {Types} from '../kind.ts'
import type {Understood} from '../plpgsql/check.ts'
import type {Tokens} from '../plpgsql/token.ts'
import type {Routine} from '../routine.ts'
import type {Session} from '../session.ts'
import type {Placed} from '../tree.ts'

export interface Looked extends Tokens {
  readonly routine: Routine
  /** of a PL/pgSQL body whose grammar is known */
  readonly understood?: Understood
  /** statements of a body in SQL, or those of a PL/pgSQL body */
  readonly trees: readonly Placed[]
  readonly types: Types
  readonly session: Session
  /** the least volatile of all functions of a name: i, s or v; undefined: there is none */
  readonly volatility: (name: string) => Promise<'i' | 's' | 'v' | undefined>
}

export interface Hint {
  readonly level: 'warning' | 'note'
  readonly rule: string
  readonly message: string
  readonly hint?: string
  /** absent: it is about the routine as a whole */
  readonly at?: number
}

export type Lint = (looked: Looked) => readonly Hint[] | Promise<readonly Hint[]>

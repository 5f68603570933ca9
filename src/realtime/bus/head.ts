// What stands above each message of the bus: of what kind it is, and how far the stream stands with it; as text and back.
import {PgextError} from '../../errors.ts'

/**
 * A batch travels in *parts*. A leader *begins* where the one before it ended, or says that something may be missing between: a *gap*. With
 * nothing to tell it says that it is *still* there, so that the stream always holds how far its leader has read.
 */
export type Kind = 'part' | 'begin' | 'gap' | 'still'

export interface Head {
  readonly kind: Kind
  /** of a part */
  readonly index: number
  readonly count: number
  /** the place before this message: where the last whole batch, or the last gap, stands in the stream; 0: there was none */
  readonly before: number
  /** the last gap before it, likewise */
  readonly gap: number
  /** how far the source is read with this message: a part that is not its batch's last has the token before the batch */
  readonly token: string
}

/** How far the stream stands. */
export interface Standing {
  readonly sequence: number
  readonly place: number
  readonly gap: number
  readonly token: string
}

const VERSION = '1'

export const writeHead = ({kind, index, count, before, gap}: Head): string => [VERSION, kind, index, count, before, gap].join(' ')

/** @throws PgextError `not-supported` for what another version wrote */
export function readHead(text: string, token: string): Head {
  const [version, kind, ...numbers] = text.split(' ')
  const [index, count, before, gap] = numbers.map(Number)
  if (version !== VERSION || ![index, count, before, gap].every(Number.isInteger))
    throw new PgextError('not-supported', 'the bus holds messages of another version of pgext', {
      hint: 'let all nodes run the same version',
    })
  return {kind: kind as Kind, index: index!, count: count!, before: before!, gap: gap!, token}
}

/** With this message, if it stands at this place of the stream. */
export function standingAt({kind, index, count, before, gap, token}: Head, sequence: number): Standing {
  const isPlace = kind === 'gap' || (kind === 'part' && index === count - 1)
  return {sequence, token, place: isPlace ? sequence : before, gap: kind === 'gap' ? sequence : gap}
}

// What policies reach, and what is realtime, in; what can't be promised to a subscriber, as sentences, out.
import type {Declared} from '../../events/declared.ts'
import type {Facts} from './fact.ts'
import type {Reads} from './reads.ts'

export function warningsOf(
  {tables, functions}: Reads,
  declared: Declared,
  {settled, clock}: Pick<Facts, 'settled' | 'clock'>,
): string[] {
  const deaf = [...tables].filter(([oid]) => !declared.tables.has(oid)).map(([, name]) => name)
  const opaque = [...functions.values()].filter(({isKnown, name}) => !isKnown && !settled.has(name)).map(({name}) => name)
  return [
    ...deaf
      .sort()
      .map(
        (name) =>
          `its policies read ${name}, whose changes nobody is told: add it, ALTER PUBLICATION pg_events ADD TABLE ${name}`,
      ),
    ...opaque
      .sort()
      .map(
        (name) =>
          `its policies call ${name}(), which may read anything: what that lets a viewer see is judged when the row itself changes`,
      ),
    ...(clock
      ? [`its policies go by ${clock}: what time lets a viewer see, or takes away, is judged when the row itself changes`]
      : []),
  ]
}

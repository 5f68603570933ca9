// Findings in, one script of what mends them out: what is brief first, under a lock_timeout; what somebody has to decide as a comment.
import type {Finding, Fix} from './model.ts'

/** Seconds that a brief statement waits for its lock: whoever comes later waits behind it. */
const PATIENCE = 4

/** Empty where no SQL mends any of them. */
export function scriptOf(findings: readonly Finding[], of: string): string {
  const said = new Set<string>()
  const isNew = ({sql}: Fix) => !said.has(sql) && said.add(sql) !== undefined
  const parts = findings
    .map((finding) => ({...finding, fixes: finding.fixes.filter(isNew)}))
    .flatMap((finding) => (finding.fixes.length > 0 ? [{finding, isLong: finding.fixes.some(({isLong}) => isLong)}] : []))
  if (parts.length === 0) return ''
  const brief = parts.filter(({isLong}) => !isLong).map(({finding}) => part(finding))
  const long = parts.filter(({isLong}) => isLong).map(({finding}) => part(finding))
  return [
    `-- What mends ${of}, as pgext doctor found it. pgext runs none of it: read it, and run it with psql, outside a transaction.`,
    '-- What your files say is better mended there: pgext migrate brings it to every database.',
    'SET statement_timeout = 0;',
    ...(brief.length > 0 ? [`SET lock_timeout = '${PATIENCE}s';`, '', ...brief] : ['']),
    ...(long.length > 0
      ? [
          '-- These take their time. A lock_timeout would end an index that is built concurrently, and leave it invalid.',
          'SET lock_timeout = 0;',
          '',
          ...long,
        ]
      : []),
  ].join('\n')
}

function part({id, object, message, fixes}: Finding): string {
  const head = commented(`${id}${object ? ` ${object}` : ''}: ${message}`)
  return `${[head, ...fixes.map(statement)].join('\n')}\n`
}

function statement({sql, locks, decide}: Fix): string {
  const said = commented(`  locks: ${locks}`)
  return decide ? `${said}\n${commented(`  to be decided: ${decide}`)}\n${commented(`${sql};`)}` : `${said}\n${sql};`
}

/** Names may hold line ends. */
const commented = (text: string): string => text.replace(/^/gm, '-- ')

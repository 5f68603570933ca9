// A project, its target and what is about to be applied in; a refusal that names the rows which would make it fail, or notes, out.
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Finding, Pending, Preflight, Sample} from '../migrations/preflight.ts'
import type {Db} from '../postgres/db.ts'
import {count} from './difference.ts'
import type {Progress} from './progress.ts'

/** The name by which places in SQL that no file has yet are told. */
const NEW = 'the new migration'

/** @param sql of a migration that is about to be written, or '' */
export async function lookBefore(db: Db, pending: readonly Pending[], sql: string, progress: Progress): Promise<Preflight> {
  const [{preflight}, {checksumOf}] = await Promise.all([import('../migrations/preflight.ts'), import('../migrations/file.ts')])
  const fresh: Migration = {version: '', name: '', path: NEW, text: sql, checksum: checksumOf(sql), header: {}}
  const all = [...pending, ...(sql ? [{migration: fresh}] : [])]
  return progress.during('looking at the rows', () => preflight(db, all, {tell: progress.tell}))
}

/** What somebody should know, and nothing stops for: statements before may mend it, or nobody could look. */
export function preflightNotes({broken, unseen}: Preflight): string[] {
  return [
    ...broken.filter(({demand}) => demand.unsettled).map((one) => `as the rows are now, ${sentence(one)}`),
    ...unseen.map(({demand, why}) => `whether rows break ${demand.rule} on ${demand.table} could not be seen: ${why}`),
  ]
}

/** Rows that nothing before the rule would mend: it could only fail. */
export function refuseBroken({broken}: Preflight): void {
  const certain = broken.filter(({demand}) => !demand.unsettled)
  if (certain.length === 0) return
  const list = certain
    .map((one) => `  ${[sentence(one), ...one.samples.map((row) => `  ${shown(row)}`)].join('\n  ')}`)
    .join('\n')
  throw new PgextError(
    'rows',
    `rows in the database break what is about to be demanded of them, and nothing was applied:\n${list}`,
    {
      hint: 'mend these rows, or say what becomes of them above the rule in the migration (pgext migrate:new writes it, and applies nothing); --no-preflight applies without looking',
    },
  )
}

export function preflightJson({broken, unseen}: Preflight) {
  const place = ({demand: {rule, table, migration, statement}}: Pick<Finding, 'demand'>) => ({
    rule,
    table,
    file: migration.path === NEW ? null : migration.path,
    line: migration.path === NEW ? null : statement.line,
  })
  return {
    broken: broken.map((one) => ({
      ...place(one),
      rows: one.rows ?? null,
      samples: one.samples,
      said: one.said ?? null,
      certain: !one.demand.unsettled,
    })),
    unseen: unseen.map((one) => ({...place(one), why: one.why})),
  }
}

function sentence({demand, rows, said}: Finding): string {
  const {rule, table, migration, statement} = demand
  const where = migration.path === NEW ? '' : ` (${migration.path}:${statement.line})`
  const what =
    rows === undefined ? `rows of ${table} break` : `${count(rows, 'row')} of ${table} ${rows === 1 ? 'breaks' : 'break'}`
  return `${what} ${rule}${where}${said ? `: ${said}` : ''}`
}

const LONGEST = 40

function shown(row: Sample): string {
  const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text)
  return Object.entries(row)
    .map(([name, value]) => `${name} = ${value === null ? 'NULL' : JSON.stringify(cut(value))}`)
    .join(', ')
}

// A kind of object in, where a person would look for it out: under which heading, in which file, before and behind what.

export interface Group {
  readonly title: string
  /** of a schema/ that is split by kind */
  readonly file: string
  /** 0: before all schemas, 1: among its schema's, 2: behind all */
  readonly phase: 0 | 1 | 2
  readonly kinds: readonly string[]
}

export const GROUPS: readonly Group[] = [
  {title: 'Roles', file: 'database', phase: 0, kinds: ['role', 'membership', 'membership of others', 'parameter privilege']},
  {
    title: 'Settings',
    file: 'database',
    phase: 0,
    kinds: ['setting of all roles', 'database setting', 'database setting of role'],
  },
  {title: 'Schemas', file: 'database', phase: 0, kinds: ['schema']},
  {title: 'Extensions', file: 'database', phase: 0, kinds: ['extension']},
  {title: 'Privileges on what is made from here on', file: 'database', phase: 0, kinds: ['default privilege']},
  {title: 'Languages and access methods', file: 'database', phase: 0, kinds: ['language', 'access method']},
  {
    title: 'Foreign servers',
    file: 'database',
    phase: 0,
    kinds: ['foreign data wrapper', 'foreign server', 'user mapping'],
  },
  {
    title: 'Types',
    file: 'types',
    phase: 1,
    kinds: ['collation', 'enum', 'domain', 'range type', 'composite type', 'base type', 'shell type'],
  },
  {title: 'Functions', file: 'functions', phase: 1, kinds: ['function', 'procedure', 'aggregate']},
  {title: 'Operators', file: 'operators', phase: 1, kinds: ['operator', 'operator family', 'operator class', 'conversion']},
  {
    title: 'Text search',
    file: 'operators',
    phase: 1,
    kinds: ['text search parser', 'text search template', 'text search dictionary', 'text search configuration'],
  },
  // expressions of tables and views may rely on them without PostgreSQL noting it
  {title: 'Casts', file: 'operators', phase: 1, kinds: ['cast', 'transform']},
  {title: 'Tables', file: 'tables', phase: 1, kinds: ['sequence', 'table', 'foreign table']},
  {title: 'Views', file: 'views', phase: 1, kinds: ['view', 'materialized view']},
  {title: 'Publications', file: 'more', phase: 2, kinds: ['publication', 'subscription']},
]

const REST: Group = {title: 'More', file: 'more', phase: 2, kinds: []}
/** They would fire for all that comes after. */
const LAST: Group = {title: 'Event triggers', file: 'more', phase: 2, kinds: ['event trigger']}

const byKind = new Map([...GROUPS, LAST].flatMap((group) => group.kinds.map((kind) => [kind, group] as const)))

export function groupOf(kind: string): Group {
  return byKind.get(kind) ?? REST
}

export function rankOf(group: Group): number {
  const at = GROUPS.indexOf(group)
  return at >= 0 ? at : GROUPS.length + (group === LAST ? 1 : 0)
}

export const ROUTINES: ReadonlySet<string> = new Set(['function', 'procedure', 'aggregate'])

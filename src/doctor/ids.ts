// Every finding by its id: what it belongs to, and the words above those of its sort. Each has a section in docs/doctor.md.

export const GROUPS = [
  'project',
  'server',
  'upkeep',
  'rights',
  'extensions',
  'structure',
  'indexes',
  'migrations',
  'realtime',
] as const
export type Group = (typeof GROUPS)[number]

interface Sort {
  readonly group: Group
  /** of many */
  readonly title: string
  /** it is in the files too: mended there, and brought to the database by pgext migrate */
  readonly inFiles?: true
}

const sorts = <Id extends string>(all: Readonly<Record<Id, Sort>>): Readonly<Record<Id, Sort>> => all

export const IDS = sorts({
  settings: {group: 'project', title: 'pgext.json can’t be used'},
  node: {group: 'project', title: 'Node is too old'},
  'env-tracked': {group: 'project', title: '.env can come into git'},
  'env-open': {group: 'project', title: '.env can be read by others'},
  shadow: {group: 'project', title: 'no PostgreSQL of the database’s major version to prove plans on'},

  'server-version': {group: 'server', title: 'a version that pgext does not know'},
  'end-of-life': {group: 'server', title: 'a version that its makers mend no longer, or soon not'},
  'minor-version': {group: 'server', title: 'a newer minor version is out'},
  tls: {group: 'server', title: 'the connection is not encrypted'},
  'round-trip': {group: 'server', title: 'the database is far away'},
  encoding: {group: 'server', title: 'texts without an encoding'},
  'collation-version': {group: 'server', title: 'sorted by another version of a library'},
  slot: {group: 'server', title: 'replication slots that keep WAL, or were lost'},
  subscription: {group: 'server', title: 'subscriptions that do not run'},

  wraparound: {group: 'upkeep', title: 'transaction ids run out'},
  'autovacuum-off': {group: 'upkeep', title: 'nobody vacuums'},
  'never-analysed': {group: 'upkeep', title: 'tables that were never analysed'},
  'unsafe-writes': {group: 'upkeep', title: 'a crash would leave damaged data'},
  'prepared-transaction': {group: 'upkeep', title: 'prepared transactions that nobody ends'},
  'idle-transaction': {group: 'upkeep', title: 'sessions that stand idle in a transaction'},
  'long-transaction': {group: 'upkeep', title: 'transactions that run for hours'},

  'not-seen': {group: 'rights', title: 'not looked at'},
  'create-rights': {group: 'rights', title: 'the role may make nothing'},
  'not-owner': {group: 'rights', title: 'objects that the role may not change'},
  'public-create': {group: 'rights', title: 'schemas in which everybody may create', inFiles: true},
  'default-public': {group: 'rights', title: 'new objects that everybody may use', inFiles: true},
  'policy-without-rls': {group: 'rights', title: 'policies that never apply', inFiles: true},
  'rls-without-policy': {group: 'rights', title: 'tables whose rows nobody is shown', inFiles: true},
  'view-bypasses-rls': {group: 'rights', title: 'views that show rows past the policies', inFiles: true},
  'definer-search-path': {group: 'rights', title: 'security definer functions without a search_path', inFiles: true},

  'extension-missing': {group: 'extensions', title: 'extensions that the server does not have'},
  'extension-update': {group: 'extensions', title: 'extensions of which a newer version is there'},

  'no-primary-key': {group: 'structure', title: 'tables without a primary key', inFiles: true},
  'replica-identity': {group: 'structure', title: 'published tables that can’t be updated', inFiles: true},
  'not-validated': {group: 'structure', title: 'constraints that old rows may break', inFiles: true},
  'sequence-end': {group: 'structure', title: 'sequences near their end', inFiles: true},

  'invalid-index': {group: 'indexes', title: 'indexes that are not used'},
  'fk-index': {group: 'indexes', title: 'foreign keys without an index', inFiles: true},
  'duplicate-index': {group: 'indexes', title: 'indexes that there are twice', inFiles: true},
  'redundant-index': {group: 'indexes', title: 'indexes that begin a longer one', inFiles: true},

  'migration-unfinished': {group: 'migrations', title: 'half applied'},
  'migration-changed': {group: 'migrations', title: 'edited after they were applied'},
  'migration-missing': {group: 'migrations', title: 'applied, and their files are gone'},
  'migration-pending': {group: 'migrations', title: 'not applied yet'},

  'events-missing': {group: 'realtime', title: 'declared, and nothing captures'},
  'events-outdated': {group: 'realtime', title: 'another version than pgext’s'},
  'events-pending': {group: 'realtime', title: 'capture is not what the declaration says'},
  'events-wal': {group: 'realtime', title: 'the WAL does not hold changes'},
  'events-lost': {group: 'realtime', title: 'consumers that lost changes'},
  'events-stuck': {group: 'realtime', title: 'consumers that nobody runs'},
  'events-queue': {group: 'realtime', title: 'the queue is not emptied'},
  'events-note': {group: 'realtime', title: 'to be known'},
})

export type FindingId = keyof typeof IDS
export const isFindingId = (text: string): text is FindingId => Object.hasOwn(IDS, text)
export const pageOf = (id: FindingId): string => `docs/doctor.md#${id}`

// A number of tables, a version and a seed in, the SQL of a schema of that size out: the same text for the same words.

const COLUMNS = [
  ['title', "text not null default ''"],
  ['amount', 'numeric(12, 2)'],
  ['quantity', 'integer not null default 0'],
  ['payload', "jsonb not null default '{}'"],
  ['tags', 'text[]'],
  ['ratio', 'double precision'],
  ['code', 'varchar(40)'],
  ['happened_on', 'date'],
  ['is_active', 'boolean not null default true'],
  ['external_id', 'uuid'],
  ['notes', 'text'],
  ['starts_at', 'timestamptz'],
]

const LABELS = ['new', 'open', 'waiting', 'done', 'archived']

/**
 * Version 2 differs in about that share of the tables: columns, checks, indexes, policies, enums, functions, tables more, one less.
 * Parts are separated by empty lines, so that they can be loaded one by one.
 */
export function schemaSql({tables, version = 1, seed = 1, share = 0.1}) {
  const every = Math.max(2, Math.round(1 / share))
  const count = tables + (version === 2 ? Math.ceil((tables * share) / 5) : 0)
  const enums = Math.max(1, Math.round(tables / 20))
  const parts = [
    ...Array.from({length: enums}, (_, n) => enumSql(n, version, every)),
    ...Array.from({length: count}, (_, n) => tableSql(n, {tables, version, enums, seed, every})),
    ...Array.from({length: Math.floor(tables / 5)}, (_, n) => viewSql(n * 5, version, every)),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function enumSql(n, version, every) {
  const labels = version === 2 && n % every === 0 ? [...LABELS, 'deleted'] : LABELS
  return `create type state_${n} as enum (${labels.map((label) => `'${label}'`).join(', ')});`
}

function tableSql(n, {tables, version, enums, seed, every}) {
  // nothing refers to the last table, so that it can go
  if (version === 2 && n === tables - 1) return ''
  const random = randomFrom(seed * 100_003 + n)
  const name = nameOf(n)
  const changed = version === 2 && n % every === 3 % every
  const columns = COLUMNS.filter(() => random() < 0.6).map(([column, type]) => `${column} ${type}`)
  const parents = n === 0 ? [] : [...new Set([Math.floor(random() * n), Math.floor(random() * n)])].filter((p) => p < tables - 1)
  const lines = [
    'id bigint generated always as identity primary key',
    `state state_${n % enums} not null default 'new'`,
    'name text not null',
    ...columns,
    ...parents.map((p) => `${nameOf(p)}_id bigint references ${nameOf(p)} (id) on delete cascade`),
    'created_at timestamptz not null default now()',
    'updated_at timestamptz not null default now()',
    ...(changed ? ['due_on date', 'total numeric(14, 2) generated always as (1.1 * id) stored'] : []),
    `constraint ${name}_name_is_short check (char_length(name) <= ${changed ? 200 : 100})`,
  ]
  return [
    `create table ${name} (\n  ${lines.join(',\n  ')}\n);`,
    `comment on table ${name} is 'what is known of ${name}';`,
    `create index ${name}_by_name on ${name} (lower(name));`,
    `create index ${name}_by_state on ${name} (state, created_at desc)${changed ? " where state <> 'done'" : ''};`,
    ...parents.map((p) => `create index ${name}_of_${nameOf(p)} on ${name} (${nameOf(p)}_id);`),
    ...(n % 3 === 0 ? [policySql(name, version === 2 && n % (3 * every) === 0)] : []),
    ...(n % 4 === 0 ? [triggerSql(name, version === 2 && n % (4 * every) === 0)] : []),
  ].join('\n')
}

function policySql(name, changed) {
  return `alter table ${name} enable row level security;
create policy ${name}_seen on ${name} for select using (name <> ''${changed ? " and state <> 'archived'" : ''});`
}

function triggerSql(name, changed) {
  return `create function ${name}_touch() returns trigger language plpgsql as $$
begin
  new.updated_at := ${changed ? 'clock_timestamp()' : 'now()'};
  return new;
end $$;
create trigger touch before update on ${name} for each row execute function ${name}_touch();`
}

function viewSql(n, version, every) {
  const name = nameOf(n)
  const extra = version === 2 && n % (5 * every) === 0 ? ', max(updated_at) as last_seen' : ''
  return `create view ${name}_states as select state, count(*) as number${extra} from ${name} group by state;`
}

const nameOf = (n) => `thing_${String(n).padStart(4, '0')}`

function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

// Numbers in, the SQL of a schema out: every list of numbers gives a valid one, lists that differ in little give schemas that differ in little.

/** One of `options`, the same for the same numbers and the same slot. */
type Choose = <T>(slot: string, ...options: readonly T[]) => T

/** How many numbers decide a schema. */
export const NUMBERS = 499

const LITERALS: Readonly<Record<string, string>> = {
  integer: '7',
  bigint: '-9000000000',
  smallint: '3',
  'numeric(10,2)': '1.50',
  text: `'it''s'`,
  'varchar(20)': `'v'`,
  boolean: 'true',
  date: `'2020-02-29'`,
  timestamptz: 'now()',
  interval: `'1 day'`,
  jsonb: `'{"a": [1]}'`,
  uuid: 'gen_random_uuid()',
  bytea: `'\\xff'`,
  inet: `'10.0.0.1'`,
  int4range: `'[1,5)'`,
  'integer[]': `'{1,2}'`,
  'public.mood': `'ok'`,
  'public.mood[]': `'{ok}'`,
  '"Odd S"."Pos"': '5',
  'public.pair': 'null',
  'public.span': `'[1,2)'`,
}
const TYPES = Object.keys(LITERALS)

const TABLES = ['public.a', `"Odd S"."Ta b'le"`, 'public.parts', '"Odd S".kid']

export function schemaOf(numbers: readonly number[]): string {
  const choose: Choose = (slot, ...options) => {
    let at = 7
    for (const letter of slot) at = (at * 31 + letter.codePointAt(0)!) % 1_000_003
    return options[numbers[at % NUMBERS]! % options.length]!
  }
  return [...types(choose), ...functions(choose), ...tables(choose), ...views(choose), ...besides(choose)].join('\n')
}

function types(choose: Choose): string[] {
  const labels = choose('labels', ['ok'], ['bad', 'ok'], ['ok', 'bad'], ['ok', `it''s`, 'bad'], ['New One', 'ok'])
  return [
    'create schema "Odd S";',
    `create type public.mood as enum (${labels.map((label) => `'${label}'`).join(', ')});`,
    `create domain "Odd S"."Pos" as ${choose('domain', 'integer', 'integer', 'bigint', 'numeric')}${choose('domain not null', '', '', ' not null')}${choose('domain default', '', ' default 5')}${choose('domain check', '', ' check (value > 0)', ' constraint "C c" check (value > 1)', ' check (value > 0) check (value < 1000)')};`,
    `create type public.pair as (${choose('pair', 'x integer, y text', 'x integer', 'x bigint, y text', 'x integer, y text, "Z z" date')});`,
    `create type public.span as range (subtype = ${choose('span', 'integer', 'integer', 'bigint')});`,
    `create sequence public.counter${choose('counter', '', ' increment 2', ' as integer cycle', ' start 100 minvalue 10', ' cache 5')};`,
  ]
}

function functions(choose: Choose): string[] {
  const body = choose('f body', 'select n + 1', 'select n + 2', 'select abs(n)')
  return [
    `create function public.f(n integer${choose('f default', '', '', ' default 1')}) returns integer language sql ${choose('f sort', 'immutable', 'immutable', 'immutable strict', 'immutable parallel safe cost 7')} as '${body}';`,
    `create function "Odd S".label(${choose('label name', 'v', 'w')} text) returns ${choose('label type', 'text', 'text', 'varchar')} language sql immutable return ${choose('label body', 'upper', 'lower', 'md5')}($1);`,
    `create function public.touch() returns trigger language plpgsql${choose('touch security', '', ' security definer', ` set search_path = ''`)} as 'begin ${choose('touch body', 'return new', 'return old', 'return null')}; end';`,
  ]
}

interface Column {
  readonly name: string
  readonly sql: string
}

const key = (choose: Choose): string => choose('id type', 'integer', 'integer', 'bigint')
const isThere = (choose: Choose, table: string): boolean => choose(`there ${table}`, true, true, true, true, false)

/** Partitioned tables always are. */
const isLogged = (choose: Choose, table: string): boolean =>
  table === 'public.parts' || choose(`${table} logged`, true, true, true, false)

function columnsOf(choose: Choose, table: string): Column[] {
  return ['c0', 'c1', '"C 2"', 'c3'].flatMap((name) => {
    const slot = `${table} ${name}`
    if (choose(`${slot} there`, false, true, true, true) === false) return []
    const type = choose(`${slot} type`, ...TYPES)
    const generated = choose(`${slot} generated`, '', '', '', '', '', '', '(id * 2)', '(public.f(id::integer))')
    if (generated) return [{name, sql: `${name} bigint generated always as ${generated} stored`}]
    const isText = type === 'text'
    const value = choose(
      `${slot} default`,
      undefined,
      undefined,
      LITERALS[type],
      type === 'integer' ? 'public.f(3)' : LITERALS[type],
      type === 'bigint' ? `nextval('public.counter')` : isText ? `"Odd S".label('x')` : undefined,
    )
    const collation = isText ? choose(`${slot} collation`, '', '', ' collate "C"') : ''
    const notNull = choose(`${slot} not null`, '', '', ' not null')
    return [{name, sql: `${name} ${type}${collation}${value ? ` default ${value}` : ''}${notNull}`}]
  })
}

function tables(choose: Choose): string[] {
  return TABLES.flatMap((table) => {
    if (!isThere(choose, table)) return []
    const isParts = table === 'public.parts'
    const isKid = table === '"Odd S".kid' && isThere(choose, TABLES[1]!) && choose('kid', true, false)
    const columns = columnsOf(choose, table).map(({name, sql}) =>
      isKid ? sql.replace(name, name.replace('c', 'k').replace('C', 'K')) : sql,
    )
    const identity =
      isParts || isKid
        ? ''
        : choose(`${table} identity`, '', '', ' generated always as identity', ' generated by default as identity (start 5)')
    const lines = [
      ...(isKid ? [] : [`id ${key(choose)}${identity || ' not null'}`]),
      ...columns,
      // PostgreSQL 18 changes no type above a NOT NULL of another name, which a key brings
      isKid ? 'unique (id)' : choose(`${table} key`, 'primary key (id)', 'primary key (id)', 'constraint "P k" primary key (id)'),
      ...choose(
        `${table} check`,
        [],
        ['check (id > 0)'],
        ['constraint "ch k" check (public.f(id::integer) > 0)'],
        ['check (id > 1)'],
      ),
    ]
    const tail = isKid
      ? ` inherits (${TABLES[1]})`
      : isParts
        ? partitioning(choose)
        : choose(`${table} options`, '', '', ' with (fillfactor = 70)', ' with (autovacuum_enabled = off)')
    const below = isParts && tail ? partitions(choose) : []
    return [
      `create ${isParts && tail ? '' : isLogged(choose, table) ? '' : 'unlogged '}table ${table} (${lines.join(', ')})${tail};`,
      ...below,
      ...around(choose, table, isKid),
    ]
  })
}

const partitioning = (choose: Choose): string =>
  choose('partitioning', ' partition by range (id)', ' partition by range (id)', ' partition by hash (id)', '')

function partitions(choose: Choose): string[] {
  if (partitioning(choose).includes('hash')) {
    return [0, 1]
      .filter((at) => choose(`hash ${at}`, true, true, false))
      .map((at) => `create table public.parts_h${at} partition of public.parts for values with (modulus 2, remainder ${at});`)
  }
  const middle = choose('bound', 100, 100, 200)
  return [
    choose('low', true, true, false) &&
      `create table public.parts_low partition of public.parts for values from (minvalue) to (${middle});`,
    choose('high', true, false) &&
      `create table "Odd S"."Parts High" partition of public.parts for values from (${middle}) to (1000);`,
    choose('rest', true, false) && 'create table public.parts_rest partition of public.parts default;',
  ].filter((sql) => typeof sql === 'string')
}

/** What stands on a table. */
function around(choose: Choose, table: string, isKid: boolean): string[] {
  const names = isKid ? [] : columnsOf(choose, table).map(({name}) => name)
  const number = TABLES.indexOf(table)
  const column = names[0] ?? 'id'
  const last = names.at(-1) ?? 'id'
  const may = (slot: string, sql: string) => choose(`${table} ${slot}`, '', sql)
  return [
    may(
      'index',
      `create index ${choose(`${table} index name`, `"I ${number}"`, `i${number}`)} on ${table} (${choose(`${table} indexed`, column, last, `(public.f(id::integer))`)})${choose(`${table} index where`, '', ' where id > 5')};`,
    ),
    table === 'public.parts'
      ? ''
      : may(
          'unique',
          `alter table ${table} add constraint ${choose(`${table} unique name`, 'u', '"U u"')} unique (${choose(`${table} unique on`, column === 'id' ? 'id' : `id, ${column}`, 'id')});`,
        ),
    may(
      'trigger',
      `create trigger ${choose(`${table} trigger name`, 'tr', '"Tr r"')} before ${choose(`${table} trigger on`, 'insert', `update of ${last}`, 'delete')} on ${table} for each row ${choose(`${table} trigger when`, '', '', 'when (pg_trigger_depth() = 0) ')}execute function public.touch(${choose(`${table} trigger argument`, '', `'a''b'`)});`,
    ),
    may(
      'policy',
      `create policy ${choose(`${table} policy name`, 'p', `"P'p"`)} on ${table} for ${choose(`${table} policy for`, 'all', 'select')} using (${choose(`${table} policy using`, 'id > 0', `${last} is not null`, 'public.f(id::integer) > 0')});`,
    ),
    may('security', `alter table ${table} enable row level security;`),
    may(
      'grant',
      `grant ${choose(`${table} grant what`, 'select', 'all', `select (id), update (${column})`)} on ${table} to fx_reader${choose(`${table} grant option`, '', ' with grant option')};`,
    ),
    may('comment', `comment on table ${table} is ${choose(`${table} comment text`, `'one'`, `E'it''s\\ntwo'`)};`),
    may('column comment', `comment on column ${table}.${last} is 'of a column';`),
    may(
      'statistics',
      last === 'id'
        ? ''
        : `create statistics public.${choose('statistics name', `s${number}`, `"S ${number}"`)} on id, ${last} from ${table};`,
    ),
    table !== 'public.a' && isThere(choose, 'public.a') && !isKid
      ? may(
          'reference',
          `alter table ${table} add constraint fk foreign key (id) references public.a (id)${choose(`${table} reference does`, '', ' on delete cascade', ' deferrable initially deferred')};`,
        )
      : '',
    may('owner', `alter table ${table} owner to fx_owner;`),
  ].filter(Boolean)
}

function views(choose: Choose): string[] {
  const a = isThere(choose, 'public.a')
  if (!a) return []
  const names = ['id', ...columnsOf(choose, 'public.a').map(({name}) => name)]
  const shown = choose('v columns', names, names.slice(0, 2), [...names].reverse())
  const more = choose('v more', '', ', public.f(id::integer) as "F f"')
  const list = [
    choose(
      'v',
      `create view public.v${choose('v options', '', ' with (security_barrier)')} as select ${shown.join(', ')}${more} from public.a${choose('v where', '', ' where id > 1')};`,
      '',
    ),
  ]
  if (!list[0]) return []
  return [
    ...list,
    choose('vv', `create view "Odd S"."V v" as select v.id, count(*) as n from public.v group by v.id;`, ''),
    choose(
      'mv',
      `create materialized view public.mv as select * from public.v${choose('mv data', '', ' with no data')}; create unique index on public.mv (id);`,
      '',
    ),
    choose('v grant', 'grant select on public.v to fx_reader;', ''),
    choose('v comment', `comment on view public.v is 'a view';`, ''),
  ].filter(Boolean)
}

function besides(choose: Choose): string[] {
  const there = TABLES.filter((table) => isThere(choose, table))
  const published = there.filter((table) => isLogged(choose, table) && choose(`published ${table}`, true, false))
  return [
    choose(
      'publication',
      `create publication "Pub" ${published.length > 0 ? `for table ${published.join(', ')}` : ''} with (publish = '${choose('publish', 'insert', 'insert, update')}');`,
      '',
    ),
    choose('usage', 'grant usage on schema "Odd S" to fx_reader;', ''),
    choose('function grant', 'revoke execute on function public.f(integer) from public;', ''),
    choose('type comment', `comment on type public.mood is 'how';`, ''),
    choose('default privilege', 'alter default privileges in schema "Odd S" grant select on tables to fx_reader;', ''),
  ].filter(Boolean)
}

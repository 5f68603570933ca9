// Enums, domains, composites, ranges, sequences, collations; and the types that columns may have, each with a value.
import type {Spot} from './spot.ts'

export function types(spot: Spot): string[] {
  const {choose, may, main, odd} = spot
  const labels = choose('labels', ['ok'], ['bad', 'ok'], ['ok', 'bad'], ['ok', `it''s`, 'bad'], ['New One', 'ok'])
  const tiny = choose('tiny', '', ' check (value < 100)', ' constraint small check (value < 90) not null', ' default 9')
  return [
    ...(main === 'public' ? [] : [`create schema ${main};`]),
    `create schema ${odd};`,
    `create type ${main}.mood as enum (${labels.map((label) => `'${label}'`).join(', ')});`,
    `create domain ${odd}."Pos" as ${choose('domain', 'integer', 'integer', 'bigint', 'numeric')}${choose('domain not null', '', '', ' not null')}${choose('domain default', '', ' default 5')}${choose('domain check', '', ' check (value > 0)', ' constraint "C c" check (value > 1)', ' check (value > 0) check (value < 1000)')};`,
    `create domain ${main}.tiny as ${odd}."Pos"${tiny};`,
    `create domain ${main}.moods as ${main}.mood[]${choose('moods', '', ` check (cardinality(value) < 5)`, ` default '{ok}'`)};`,
    `create type ${main}.pair as (${choose('pair', 'x integer, y text', 'x integer', 'x bigint, y text', 'x integer, y text, "Z z" date')});`,
    `create type ${odd}.both as (m ${main}.mood${choose('both', '', '[]')}, p ${choose('both of', main, main, odd)}.${choose('both of', 'pair', 'pair[]', '"Pos"')});`,
    `create type ${main}.span as range (subtype = ${choose('span', 'integer', 'integer', 'bigint')}${may('span multi', `, multirange_type_name = ${main}.spans`)});`,
    `create sequence ${main}.counter${choose('counter', '', ' increment 2', ' as integer cycle', ' start 100 minvalue 10', ' cache 5')};`,
    `create collation ${odd}.co (provider = libc, locale = ${choose('collation locale', `'C'`, `'POSIX'`)});`,
    may('comment on type', `comment on type ${main}.mood is 'how';`),
    may('comment on domain', `comment on domain ${odd}."Pos" is ${choose('domain comment', `'one'`, `'two'`)};`),
    may('type grant', `grant usage on type ${main}.pair to fx_reader;`),
    may('type revoke', `revoke usage on type ${odd}."Pos" from public;`),
    may('domain owner', `alter domain ${main}.tiny owner to fx_owner;`),
    may('enum owner', `alter type ${main}.mood owner to fx_owner;`),
    may('sequence grant', `grant usage on sequence ${main}.counter to fx_reader;`),
  ].filter(Boolean)
}

/** What a column may be of, and a value for its default; none: NULL is all that suits every shape of that type. */
export const literals = ({main, odd}: Spot): Readonly<Record<string, string | undefined>> => ({
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
  [`${main}.mood`]: `'ok'`,
  [`${main}.mood[]`]: `'{ok}'`,
  [`${odd}."Pos"`]: '5',
  [`${main}.tiny`]: '6',
  [`${main}.moods`]: `'{ok,ok}'`,
  [`${main}.pair`]: undefined,
  [`${main}.pair[]`]: `'{}'`,
  [`${odd}.both`]: undefined,
  [`${main}.span`]: `'[1,2)'`,
})

// Types of all sorts in; a table with columns of them, of domains, arrays and composites of them, and rows for it out.
import fc from 'fast-check'
import {writeArray} from '../../src/events/text/array.ts'

type Texts = fc.Arbitrary<string>

const digit = fc.constantFrom(...'0123456789')
const oneOf = (...texts: string[]): Texts => fc.constantFrom(...texts)
const integer = (bits: number): Texts => {
  const most = 2n ** BigInt(bits - 1)
  return fc.oneof(fc.bigInt({min: -most, max: most - 1n}).map(String), oneOf('0', '-1', `${-most}`, `${most - 1n}`))
}
const words = fc.string({unit: fc.constantFrom(...'"\\(){},;:\' \n\t\u0001\u001f\u007f\u2028aÜ😀NULL'), maxLength: 9})
const json = fc.oneof(
  fc.json({maxDepth: 3}),
  oneOf('{"a" : 1,\n "a":  2.50}', ' [ ] ', '"\\u00e9\\/"', '9007199254740993', '1e1000', 'null', '{"__proto__": {"x": 1}}'),
)
/** jsonb has no numbers beyond numeric's, and no \u0000 */
const jsonb = json.map((text) => text.replaceAll('\\u0000', '').replaceAll(/\de[+-]?\d+/g, '1')).filter(isJson)
const day = fc.oneof(
  fc
    .tuple(fc.integer({min: 1, max: 12000}), fc.integer({min: 1, max: 12}), fc.integer({min: 1, max: 28}))
    .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`),
  oneOf('2000-02-29', '0001-01-01', '1883-11-18'),
)
const era = oneOf('', '', '', ' BC')
const clock = fc
  .tuple(fc.integer({min: 0, max: 23}), fc.integer({min: 0, max: 59}), fc.integer({min: 0, max: 59_999_999}))
  .map(
    ([h, m, micros]) =>
      `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}:${(micros / 1e6).toFixed(6).padStart(9, '0')}`,
  )
const endless = (texts: Texts): Texts => fc.oneof({weight: 6, arbitrary: texts}, oneOf('infinity', '-infinity'))
const before = (day: string, rest: string, era: string) =>
  era && /^\d{5}|^[4-9]|02-29$/.test(day) ? `2000-01-01${rest}${era}` : `${day}${rest}${era}`
const stamp = fc.tuple(day, clock, era).map(([day, clock, era]) => before(day, ` ${clock}`, era))
const interval = fc
  .tuple(fc.integer({min: -40, max: 40}), fc.integer({min: -40, max: 40}), fc.integer({min: -1e9, max: 1e9}))
  .map(([months, days, micros]) => `${months} months ${days} days ${micros} microseconds`)
const float = fc.oneof(
  fc
    .tuple(fc.integer({min: -99_999, max: 99_999}), fc.integer({min: -25, max: 25}))
    .map(([digits, exponent]) => `${digits}e${exponent}`),
  oneOf('NaN', 'Infinity', '-Infinity', '-0', '0.1'),
)
const numeric = fc.oneof(
  fc
    .tuple(oneOf('', '-'), fc.array(digit, {minLength: 1, maxLength: 40}), fc.array(digit, {maxLength: 20}))
    .map(([sign, whole, rest]) => `${sign}${whole.join('')}${rest.length > 0 ? '.' : ''}${rest.join('')}`),
  oneOf('NaN', '1.50', '-0.000', '1e100', 'Infinity'),
)
const uuid = fc.uuid()

/** Name, and what may be written for it. */
export const SCALARS: readonly (readonly [type: string, texts: Texts])[] = [
  ['bool', oneOf('t', 'f')],
  ['int2', integer(16)],
  ['int4', integer(32)],
  ['int8', integer(64)],
  ['oid', fc.integer({min: 0, max: 2 ** 32 - 1}).map(String)],
  ['float4', float],
  ['float8', float],
  ['numeric', numeric],
  ['numeric(12,3)', fc.integer({min: -1e8, max: 1e8}).map((n) => String(n / 1000))],
  ['text', words],
  ['varchar(20)', words],
  ['char(12)', words],
  ['name', words],
  ['"char"', oneOf('a', '', '"', '\\', '{')],
  ['bytea', fc.uint8Array({maxLength: 6}).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`)],
  ['uuid', uuid],
  ['date', endless(fc.tuple(day, era).map(([day, era]) => before(day, '', era)))],
  ['time', clock],
  ['timetz', clock.map((clock) => `${clock}+02:30`)],
  ['timestamp', endless(stamp)],
  ['timestamp(0)', stamp],
  ['timestamptz', endless(fc.tuple(stamp, oneOf('+00', '-11:30')).map(([stamp, zone]) => stamp.replace(/( BC)?$/, `${zone}$1`)))],
  ['interval', interval],
  ['json', json],
  ['jsonb', jsonb],
  ['inet', oneOf('10.0.0.1/8', '::1', '192.168.0.1')],
  ['macaddr', oneOf('08:00:2b:01:02:03')],
  ['bit(3)', oneOf('101', '000')],
  ['varbit', oneOf('', '1011')],
  ['point', oneOf('(1,2)', '(-0.5,1e+20)')],
  ['box', oneOf('(1,1),(0,0)', '(2.5,3),(1,1)')],
  ['int4range', oneOf('[1,5)', 'empty', '(,)')],
  ['numrange', oneOf('[1.50,2]', 'empty')],
  ['tstzrange', oneOf('["2020-01-01 00:00:00+00",)', 'empty')],
  ['int4multirange', oneOf('{}', '{[1,3),[5,7)}')],
  ['money', oneOf('$1.50', '-$1,234.00')],
  ['tsvector', oneOf("'a':1 'b c':2", '')],
  ['int2vector', oneOf('1 2 3', '', '-7')],
  ['oidvector', oneOf('1 4294967295', '')],
  ['pg_lsn', oneOf('16/B374D848')],
  ['regtype', oneOf('integer', '-', 'text[]')],
  ['public.mood', oneOf('fine', 'so "so"', '')],
]

/** What to_json writes as a string where it has the text for it: the twin of a type that it would write as a number. */
const twinOf = (type: string): string => (/^(int8|numeric)/.test(type) ? 'text' : type)

interface Column {
  readonly name: string
  readonly type: string
  readonly twin: string
  readonly texts: fc.Arbitrary<string | null>
}

const nullable = (texts: Texts, weight = 8): fc.Arbitrary<string | null> =>
  fc.oneof({weight, arbitrary: texts}, {weight: 1, arbitrary: fc.constant(null)})

/** A tsvector's or json's text stands in quotes, whatever it is. */
const arrayOf = (type: string, texts: Texts): Texts => {
  const delimiter = type === 'box' ? ';' : ','
  const flat = fc.array(nullable(texts, 4), {maxLength: 2}).map((values) => writeArray(values, delimiter))
  const square = fc
    .array(nullable(texts, 4), {minLength: 4, maxLength: 4})
    .map((v) => `[0:1][3:4]={${writeArray(v.slice(0, 2), delimiter)}${delimiter}${writeArray(v.slice(2), delimiter)}}`)
  return fc.oneof(flat, square)
}

const recordOf = (texts: readonly fc.Arbitrary<string | null>[]): Texts =>
  fc
    .tuple(...texts)
    .map(
      (values) => `(${values.map((v) => (v === null ? '' : `"${v.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`)).join(',')})`,
    )

const plain: readonly Column[] = SCALARS.flatMap(([type, texts], n): Column[] => {
  const [domain, twin] = [`public.d${n}`, twinOf(type)]
  const twinDomain = twin === type ? domain : 'text'
  return [
    {name: `s${n}`, type, twin, texts: nullable(texts)},
    {name: `"d ""${n}"`, type: domain, twin: twinDomain, texts: nullable(texts)},
    {name: `a${n}`, type: `${type}[]`, twin: `${twin}[]`, texts: nullable(arrayOf(type, texts))},
    {name: `"é\\${n}"`, type: `${domain}[]`, twin: `${twinDomain}[]`, texts: nullable(arrayOf(type, texts))},
  ]
})

const fields = plain.filter((_, at) => at % 3 !== 2)
const record = recordOf(fields.map(({texts}) => texts))

export const COLUMNS: readonly Column[] = [
  ...plain,
  {name: 'c', type: 'public.comp', twin: 'public.comp_twin', texts: nullable(record, 3)},
  {name: 'cd', type: 'public.comp_domain', twin: 'public.comp_twin', texts: nullable(record, 3)},
  {name: 'ca', type: 'public.comp[]', twin: 'public.comp_twin[]', texts: nullable(arrayOf('comp', record), 3)},
  {name: 'da', type: 'public.digits', twin: 'text[]', texts: nullable(arrayOf('int8', integer(64)))},
  {
    name: 'daa',
    type: 'public.digits[]',
    twin: 'public.digits_twin[]',
    texts: nullable(arrayOf('digits', arrayOf('int8', integer(64)))),
  },
  {name: 'e', type: 'public.nothing', twin: 'public.nothing', texts: nullable(fc.constant('()'))},
]

export const ROW: fc.Arbitrary<(string | null)[]> = fc.tuple(...COLUMNS.map(({texts}) => texts))

const list = (of: (column: Column) => string, columns = COLUMNS) =>
  columns.map((column) => `${column.name} ${of(column)}`).join(', ')

/** Tables `zoo`, and `twin`, whose to_json is what is expected of a row of zoo. */
export const SCHEMA = `
  create type public.mood as enum ('fine', 'so "so"', '');
  ${SCALARS.map(([type], n) => `create domain public.d${n} as ${type};`).join('\n')}
  create type public.comp as (gone int, ${list(({type}) => type, fields)});
  alter type public.comp drop attribute gone;
  create type public.comp_twin as (${list(({twin}) => twin, fields)});
  create domain public.comp_domain as public.comp;
  create domain public.digits as int8[];
  create domain public.digits_twin as text[];
  create type public.nothing as ();
  create table public.zoo (gone int, ${list(({type}) => type)});
  alter table public.zoo drop column gone;
  create table public.twin (${list(({twin}) => twin)});`

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

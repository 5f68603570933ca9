// Types of columns as the fuzz has them: what may stand in a column, and what claims and literals may say, so that they often meet.
export interface Kind {
  /** as a column is declared */
  readonly column: string
  /** what a term is cast to */
  readonly type: string
  readonly values: readonly string[]
  /** others that mean the same, or nearly, or nothing at all */
  readonly said: readonly string[]
  readonly isOrdered?: true
  readonly isArray?: true
}

const UUIDS = [
  '11111111-2222-3333-4444-555555555555',
  'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  'abcdefab-cdef-abcd-efab-cdefabcdefab',
]
const WORDS = ['a', 'A', 'b', 'ab', 'á', 'a ', '', 'NULL', 'a"b', '1', 'röd\\']

export const KINDS: readonly Kind[] = [
  {column: 'int', type: 'int', values: ['-1', '0', '1', '2', '42'], said: ['1', ' 2 ', '042', '1.0', 'x', ''], isOrdered: true},
  {
    column: 'bigint',
    type: 'bigint',
    values: ['0', '1', '9007199254740993', '9007199254740992'],
    said: ['1', '9007199254740993', '-0', '1e3'],
    isOrdered: true,
  },
  {column: 'smallint', type: 'smallint', values: ['0', '1', '2'], said: ['1', '70000'], isOrdered: true},
  {
    column: 'uuid',
    type: 'uuid',
    values: UUIDS,
    said: [...UUIDS, UUIDS[1]!.toUpperCase(), `{${UUIDS[2]}}`, UUIDS[0]!.replaceAll('-', ''), 'x'],
  },
  {column: 'uuid', type: 'uuid', values: UUIDS, said: UUIDS},
  {column: 'text', type: 'text', values: WORDS, said: WORDS, isOrdered: true},
  {column: 'varchar(8)', type: 'varchar', values: WORDS, said: WORDS},
  {column: 'char(3)', type: 'bpchar', values: ['a', 'b', 'ab', 'A', '', '1'], said: ['a', 'a  ', 'ab ', 'A', '', '1 ']},
  {column: 'text collate fuzz.ci', type: 'text', values: ['a', 'A', 'á', 'b'], said: ['a', 'A', 'Á', 'B']},
  {column: 'text collate "C"', type: 'text', values: WORDS, said: WORDS, isOrdered: true},
  {column: 'name', type: 'name', values: ['a', 'A', 'viewer_a'], said: ['a', 'A', 'viewer_a']},
  {column: 'bool', type: 'bool', values: ['t', 'f'], said: ['t', 'true', 'yes', 'off', '0', 'x']},
  {column: 'bool', type: 'bool', values: ['t', 'f'], said: ['t', 'f']},
  {
    column: 'date',
    type: 'date',
    values: ['2020-01-02', '2020-02-01', 'infinity', '0044-03-15 BC'],
    said: ['2020-01-02', '01/02/2020', 'infinity', 'x'],
  },
  {
    column: 'timestamp',
    type: 'timestamp',
    values: ['2020-01-02 03:04:05', '2020-01-02 03:04:05.1', 'infinity'],
    said: ['2020-01-02T03:04:05', '2020-01-02 03:04:05.10', 'infinity'],
  },
  {
    column: 'timestamptz',
    type: 'timestamptz',
    values: ['2020-01-02 03:04:05+00', '2020-01-02 03:04:05.12+00', '-infinity'],
    said: ['2020-01-02 03:04:05+00', '2020-01-02 08:34:05', '2020-01-02T05:04:05+02'],
  },
  {
    column: 'numeric',
    type: 'numeric',
    values: ['1', '1.0', '1.00', '0', '-0.0', 'NaN', '1e20', '0.10'],
    said: ['1', '1.000', '0.0', 'NaN', '100000000000000000000', '.1', 'x'],
  },
  {column: 'numeric(6,2)', type: 'numeric', values: ['1', '1.5', '-2'], said: ['1', '1.50', '1.499', '-2.0']},
  {
    column: 'float8',
    type: 'float8',
    values: ['1', '-0', '0', 'NaN', '0.1'],
    said: ['1.0', '0', '-0', 'NaN', '0.1'],
    isOrdered: true,
  },
  {column: 'fuzz.mood', type: 'fuzz.mood', values: ['sad', 'ok', 'Happy'], said: ['sad', 'ok', 'Happy', 'happy']},
  {column: 'fuzz.own_id', type: 'fuzz.own_id', values: UUIDS, said: UUIDS},
  {column: 'fuzz.own_id', type: 'uuid', values: UUIDS, said: UUIDS},
  {column: 'fuzz.word', type: 'text', values: ['a', 'A', 'b'], said: ['a', 'A', 'b']},
  {
    column: 'jsonb',
    type: 'jsonb',
    values: ['{"a": 1}', '{"a": 1.0, "b": null}', '"a"', '[1, "a"]', 'null'],
    said: ['{"a":1.00}', '"a"', '[1,"a"]', 'null'],
  },
  {column: 'inet', type: 'inet', values: ['10.0.0.1', '10.0.0.1/8', '::1'], said: ['10.0.0.1/32', '10.0.0.1', '0:0::1']},
  {column: 'interval', type: 'interval', values: ['1 day', '24 hours', '-1 day 02:00'], said: ['24:00', '1 day', 'P1D']},
  {column: 'bytea', type: 'bytea', values: ['\\x', '\\x61'], said: ['a', '\\x61']},
  {column: 'oid', type: 'oid', values: ['1', '4294967295'], said: ['1', '4294967295', '-1']},
  {
    column: 'text[]',
    type: 'text',
    values: ['{}', '{a}', '{a,b}', '{NULL,A}', '{{a,b},{"a ",""}}', '{NULL}', '[0:1]={a,b}'],
    said: WORDS,
    isArray: true,
  },
  {
    column: 'uuid[]',
    type: 'uuid',
    values: ['{}', `{${UUIDS[0]}}`, `{${UUIDS[1]},NULL}`, `{${UUIDS.join()}}`],
    said: UUIDS,
    isArray: true,
  },
  {column: 'int[]', type: 'int', values: ['{}', '{1,2}', '{NULL,1}', '{{1},{42}}'], said: ['1', '2', '42'], isArray: true},
  {column: 'money', type: 'money', values: ['1', '-2.50', '0'], said: ['1', '1.00', '-2.5', '0']},
  {column: 'float4', type: 'float4', values: ['0.1', '-0', 'Infinity', 'NaN'], said: ['0.1', '0', 'Infinity', 'nan']},
  {column: 'timetz', type: 'timetz', values: ['10:00+00', '15:30+05:30'], said: ['10:00+00', '15:30']},
  {column: 'int4range', type: 'int4range', values: ['[1,3)', '[1,2]', 'empty'], said: ['[1,3)', '[1,2]', '(5,5)']},
  {
    column: 'fuzz.mood[]',
    type: 'fuzz.mood',
    values: ['{}', '{sad,ok}', '{NULL,Happy}'],
    said: ['sad', 'ok', 'Happy'],
    isArray: true,
  },
  {
    column: 'timestamptz[]',
    type: 'timestamptz',
    values: ['{}', '{2020-01-02 03:04:05+00}', '{NULL,infinity}'],
    said: ['2020-01-02 03:04:05+00', '2020-01-02 08:34:05', 'infinity'],
    isArray: true,
  },
  {
    column: 'numeric[]',
    type: 'numeric',
    values: ['{}', '{1.0,2}', '{NaN,0.10}'],
    said: ['1', '1.00', 'NaN', '0.1'],
    isArray: true,
  },
  {column: 'fuzz.pair', type: 'fuzz.pair', values: ['(1,a)', '(,)', '(2,"a b")'], said: ['(1,a)', '(,)']},
]

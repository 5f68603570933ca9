// Texts of logs in, entries out: whatever portions they come in.
import {expect, test} from 'vitest'
import {readPattern, wanted} from '../../src/logs/choice.ts'
import {readLevel} from '../../src/logs/level.ts'
import type {LogEntry, LogFormat, LogSource, ReaderOptions} from '../../src/logs/model.ts'
import {readerOf} from '../../src/logs/reader.ts'
import {readSince} from '../../src/logs/time.ts'
import {framesIn} from '../../src/walk/origin.ts'

interface Read {
  readonly entries: LogEntry[]
  readonly told: string[]
}

function readAll(format: LogFormat | undefined, text: string, size: number, options: Partial<ReaderOptions> = {}): Read {
  const told: string[] = []
  const reader = readerOf(format, {source: 'db' as LogSource, tell: (what) => told.push(what), ...options})
  const bytes = Buffer.from(text)
  const entries: LogEntry[] = []
  for (let at = 0; at < bytes.length; at += size) entries.push(...reader.read(bytes.subarray(at, at + size)))
  entries.push(...reader.rest(true))
  return {entries, told}
}

/** The same in portions of any size. */
function read(format: LogFormat | undefined, text: string, options: Partial<ReaderOptions> = {}): Read {
  const whole = readAll(format, text, 1e6, options)
  for (const size of [1, 7, 64]) expect(readAll(format, text, size, options)).toEqual(whole)
  return whole
}

const CSV = `2026-11-22 10:13:49.146 CET,"app","shop",5683,"127.0.0.1:56270",6b02c05d.1633,1,"SELECT",2026-11-22 10:13:49 UTC,2/6,0,ERROR,P0001,"boom, ""3""
— zwölf",more,less,,,"PL/pgSQL function boom(integer) line 4 at RAISE","select boom(3),
 'ü'",,,"psql","client backend",,0
2026-11-22 10:13:50.458 CET,,,5684,,6b02c05d.1635,1,"",2026-11-22 10:13:49 UTC,2/6,0,LOG,00000,"duration: 301.513 ms  execute <unnamed>: select slow()",,,,,,,,,"","client backend",,0
`

test('csvlog: texts of several lines, quotes, letters cut in two', () => {
  const {entries, told} = read('csvlog', CSV, {zone: 'Europe/Berlin'})
  expect(told).toEqual([])
  expect(entries).toEqual([
    {
      time: '2026-11-22T09:13:49.146Z',
      source: 'db',
      level: 'error',
      message: 'boom, "3"\n— zwölf',
      code: 'P0001',
      detail: 'more',
      hint: 'less',
      context: 'PL/pgSQL function boom(integer) line 4 at RAISE',
      statement: "select boom(3),\n 'ü'",
      database: 'shop',
      role: 'app',
      process: 5683,
      application: 'psql',
    },
    {
      time: '2026-11-22T09:13:50.458Z',
      source: 'db',
      level: 'info',
      message: 'took 301.513 ms',
      statement: 'select slow()',
      duration: 301.513,
      process: 5684,
    },
  ])
})

test('csvlog: from the middle of a record the next one is found; one without an end is said', () => {
  const cut = read('csvlog', CSV.slice(CSV.indexOf('zwölf')), {isCut: true})
  expect(cut.entries.map(({message}) => message)).toEqual(['took 301.513 ms'])
  const torn = read('csvlog', `${CSV}${CSV.slice(0, 170)}`)
  expect(torn.entries).toHaveLength(2)
  expect(torn.told).toEqual(['the last record has no end, and was skipped'])
})

test('jsonlog: a line an entry, and a line that is none is said', () => {
  const line = {
    ...{
      timestamp: '2026-11-22 09:13:49.146 GMT',
      user: 'app',
      dbname: 'shop',
      pid: 12,
      error_severity: 'FEHLER',
      state_code: '22012',
    },
    ...{
      message: 'Division durch\nNull',
      internal_query: 'select 1/0',
      context: 'x',
      statement: 'select f()',
      application_name: 'rest',
    },
  }
  const {entries, told} = read('jsonlog', `${JSON.stringify(line)}\n{"timest`)
  expect(entries).toMatchObject([
    {level: 'error', message: 'Division durch\nNull', inside: 'select 1/0', role: 'app', application: 'rest'},
  ])
  expect(told).toEqual(['a line that is none of jsonlog was skipped'])
  expect(read('jsonlog', `tamp": 1}\n${JSON.stringify(line)}\n`, {isCut: true}).told).toEqual([])
})

const STDERR = `2026-11-22 09:13:48.885 UTC [11] LOG:  database system is ready to accept connections
2026-11-22 09:13:49.146 UTC [12] app@shop ERROR:  boom 3
	DETAIL:  no field, a line
2026-11-22 09:13:49.146 UTC [12] app@shop DETAIL:  more
2026-11-22 09:13:49.146 UTC [12] app@shop CONTEXT:  SQL statement "select boom(3)"
	PL/pgSQL function outer_one() line 3 at EXECUTE
2026-11-22 09:13:49.146 UTC [12] app@shop STATEMENT:  select
	 outer_one()
2026-11-22 09:13:50.000 UTC [13] app@shop LOG:  duration: 2.5 ms  statement: select 1
`

test('stderr: by its prefix, what belongs together together', () => {
  const {entries, told} = read('stderr', STDERR, {prefix: '%m [%p] %q%u@%d '})
  expect(told).toEqual([])
  expect(entries).toEqual([
    {
      time: '2026-11-22T09:13:48.885Z',
      source: 'db',
      level: 'info',
      message: 'database system is ready to accept connections',
      process: 11,
    },
    {
      time: '2026-11-22T09:13:49.146Z',
      source: 'db',
      level: 'error',
      message: 'boom 3\nDETAIL:  no field, a line',
      detail: 'more',
      context: 'SQL statement "select boom(3)"\nPL/pgSQL function outer_one() line 3 at EXECUTE',
      statement: 'select\n outer_one()',
      ...{role: 'app', database: 'shop', process: 12},
    },
    {
      time: '2026-11-22T09:13:50.000Z',
      source: 'db',
      level: 'info',
      message: 'took 2.5 ms',
      statement: 'select 1',
      duration: 2.5,
      ...{role: 'app', database: 'shop', process: 13},
    },
  ])
  // a prefix that nobody told
  const guessed = read('stderr', STDERR)
  expect(guessed.entries.map(({message, process}) => [message, process])).toEqual(
    entries.map(({message, process}) => [message, process]),
  )
  expect(
    read('stderr', STDERR.slice(STDERR.indexOf('DETAIL:  more')), {isCut: true}).entries.map(({message}) => message),
  ).toEqual(['took 2.5 ms'])
})

test.each([
  [
    '%n %e %-8u|%a|%r[%p]: ',
    '1763802829.146 22012 app     |my app|10.0.0.1(5432)[7]: ERROR:  no',
    {time: '2025-11-22T09:13:49.146Z', code: '22012', role: 'app', application: 'my app', process: 7},
  ],
  [
    '%t:%h:%u@%d:[%p]: ',
    '2026-11-22 09:13:49 UTC:10.0.0.1(123):app@shop:[7]: ERROR:  no',
    {time: '2026-11-22T09:13:49.000Z', role: 'app', database: 'shop'},
  ],
  [
    '%m [%p-%l] %c %x %Q %%: ',
    '2026-11-22 09:13:49.146 -0330 [7-1] 6b02c05d.1633 0 -12 %: ERROR:  no',
    {time: '2026-11-22T12:43:49.146Z', process: 7},
  ],
])('stderr: log_line_prefix = %s', (prefix, line, fields) => {
  expect(read('stderr', `${line}\n`, {prefix})).toMatchObject({told: [], entries: [{level: 'error', message: 'no', ...fields}]})
})

test('stderr: what is not understood is said', () => {
  expect(read('stderr', 'ERROR:  no time\n').told).toEqual(['its lines say no time: log_line_prefix should begin with %m'])
  const {entries, told} = read('stderr', '2026-11-22 09:13:49.146 UTC [12] FEHLER:  nein\n')
  expect(entries).toMatchObject([{message: 'nein'}])
  expect(told).toEqual([expect.stringContaining(`lc_messages = 'C'`)])
})

test('times of the hour that comes twice, by the short name', () => {
  const line = (time: string) => `{"timestamp":"${time}","error_severity":"LOG","message":"m"}\n`
  const times = (zone: string, ...all: string[]) => read('jsonlog', all.map(line).join(''), {zone}).entries.map(({time}) => time)
  expect(
    times('Europe/Berlin', '2026-10-25 02:30:00.000 CEST', '2026-10-25 02:30:00.000 CET', '2026-07-01 12:00:00.000 CEST'),
  ).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-07-01T10:00:00.000Z'])
  // CST is China's there
  expect(times('Asia/Shanghai', '2026-07-01 12:00:00.000 CST')).toEqual(['2026-07-01T04:00:00.000Z'])
  expect(times('America/Chicago', '2026-12-01 12:00:00.000 CST')).toEqual(['2026-12-01T18:00:00.000Z'])
})

const POSTGREST = String.raw`22/Nov/2026:09:48:42 +0000: Starting PostgREST 12.0.2...
22/Nov/2026:09:48:51 +0000: {"code":"PGRST000","details":"connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running?\n","hint":null,"message":"Database connection error. Retrying the connection."}
22/Nov/2026:09:48:51 +0000: Attempting to reconnect to the database in 0 seconds...
FATAL:  terminating connection due to administrator command
server closed the connection unexpectedly
	This probably means the server terminated abnormally
127.0.0.1 - anon [22/Nov/2026:09:48:45 +0100] "GET /nope HTTP/1.1" 404 - "" "curl/7.88.1"
`

test('PostgREST', () => {
  const {entries, told} = read(undefined, POSTGREST, {source: 'rest'})
  expect(told).toEqual([])
  expect(entries).toMatchObject([
    {time: '2026-11-22T09:48:42.000Z', source: 'rest', level: 'info', message: 'Starting PostgREST 12.0.2...'},
    {
      level: 'error',
      code: 'PGRST000',
      message: 'Database connection error. Retrying the connection.',
      detail: expect.stringContaining('Is the server running?'),
    },
    {level: 'warning', message: 'Attempting to reconnect to the database in 0 seconds...'},
    {time: '2026-11-22T09:48:51.000Z', level: 'fatal', message: 'FATAL:  terminating connection due to administrator command'},
    {message: 'server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally'},
    {time: '2026-11-22T08:48:45.000Z', level: 'warning', message: '404 GET /nope', role: 'anon'},
  ])
})

test('JSON of pg_events_ws, of journald and of loggers', () => {
  const lines = [
    {time: '2026-11-22T09:48:42.123Z', message: 'the connection is gone', code: 'connection-lost', sockets: 3},
    {__REALTIME_TIMESTAMP: '1795340922123456', PRIORITY: '4', MESSAGE: 'plain', _PID: '12'},
    {
      __REALTIME_TIMESTAMP: '1795340922123456',
      PRIORITY: '6',
      MESSAGE: '{"time":"2026-11-22T09:48:43.000Z","message":"inner","level":"error"}',
    },
    {__REALTIME_TIMESTAMP: '1795340922123456', MESSAGE: [...Buffer.from('zwölf')]},
    {level: 50, time: 1795340922123, msg: 'pino', pid: 7, req: {id: 1}},
  ]
  const {entries, told} = read(undefined, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), {source: 'events'})
  expect(told).toEqual([])
  expect(entries).toEqual([
    {
      time: '2026-11-22T09:48:42.123Z',
      source: 'events',
      level: 'error',
      message: 'the connection is gone',
      code: 'connection-lost',
      detail: 'sockets: 3',
    },
    {time: '2026-11-22T09:48:42.123Z', source: 'events', level: 'warning', message: 'plain'},
    {time: '2026-11-22T09:48:43.000Z', source: 'events', level: 'error', message: 'inner'},
    {time: '2026-11-22T09:48:42.123Z', source: 'events', level: 'info', message: 'zwölf'},
    {time: '2026-11-22T09:48:42.123Z', source: 'events', level: 'error', message: 'pino', process: 7, detail: 'req: {"id":1}'},
  ])
})

test('a line of more than 16 MB is said, and the next one read', () => {
  const {entries, told} = readAll('lines', `${'x'.repeat(17 * 2 ** 20)}\n2026-11-22T09:48:42Z next\n`, 2 ** 18)
  expect(told).toEqual(['a line of more than 16 MB was skipped'])
  expect(entries.map(({message}) => message)).toEqual(['2026-11-22T09:48:42Z next'])
})

test('plain lines from the middle of one; those of a program that colours them', () => {
  const {entries} = read('lines', 'ut off\n\u001b[31mred\u001b[0m\n  below\nERROR: next\n', {isCut: true, source: 'frontend'})
  expect(entries.map(({message, level}) => [message, level])).toEqual([
    ['red\n  below', 'info'],
    ['ERROR: next', 'error'],
  ])
})

test('frames of CONTEXT, those of PL/pgSQL in whatever language', () => {
  expect(
    framesIn(`SQL statement "select 1"
PL/pgSQL function app."Odd name"(integer,text[]) line 7 at SQL statement
función PL/pgSQL f() en la línea 12 en RAISE
SQL function "q" statement 2
PL/pgSQL function inline_code_block line 1 at RAISE`),
  ).toEqual([
    {schema: 'app', name: 'Odd name', types: ['integer', 'text[]'], line: 7},
    {name: 'f', types: [], line: 12},
    {name: 'q', statement: 2},
  ])
})

test('what somebody wants to see', () => {
  const now = Date.parse('2026-11-22T10:00:00Z')
  expect(readSince('10m', now)).toBe(now - 600_000)
  expect(readSince('2d', now)).toBe(now - 172_800_000)
  expect(readSince('2026-11-22T09:30:00+01:00', now)).toBe(now - 5_400_000)
  expect(readSince('2026-11-22 09:30', now)).toBe(new Date(2026, 10, 22, 9, 30).getTime())
  expect(readSince('2026-11-22', now)).toBe(new Date(2026, 10, 22).getTime())
  for (const text of ['yesterday', '10', '-5m', '10 Nov', '']) expect(() => readSince(text, now)).toThrow(`"${text}" is no time`)
  expect(readLevel('warn')).toBe('warning')
  expect(() => readLevel('loud')).toThrow('"loud" is no level')
  expect(() => readPattern('(')).toThrow("--grep can't be read")
  const entry: LogEntry = {
    time: '2026-11-22T09:59:00.000Z',
    source: 'db',
    level: 'error',
    message: 'a',
    statement: 'select\nnope',
  }
  expect(wanted({level: 'error', grep: readPattern('^nope$'), since: now - 60_000})(entry)).toBe(true)
  expect(wanted({level: 'fatal'})(entry)).toBe(false)
  expect(wanted({since: now})(entry)).toBe(false)
  expect(wanted({grep: readPattern('b')})(entry)).toBe(false)
})

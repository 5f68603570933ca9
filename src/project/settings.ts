// The text of pgext.json in, settings with every default out. SETTINGS is all that may stand there: checked, documented and told to editors by it.
import {HAZARDS} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import {check, fill, type Source} from './check.ts'
import {DEV, DEV_TABLE, FRONTEND, FRONTEND_TABLE} from './dev.ts'
import {parseJson, placeOf} from './json.ts'
import {LOGS_TABLE} from './logs.ts'
import type {Settings} from './model.ts'
import {SERVE, SERVE_TABLE} from './serve.ts'
import {
  areTexts,
  flag,
  isObject,
  isText,
  object,
  oneOf,
  seconds,
  setting,
  type Table,
  TEXT,
  TEXTS,
  text,
  texts,
  time,
} from './setting.ts'
import {targets} from './targets.ts'

export const DEFAULTS: Settings = {
  schema: ['schema.sql'],
  functions: 'functions',
  versioned: false,
  migrations: 'migrations',
  queries: 'queries',
  seed: ['seed.sql', 'seeds'],
  ownership: 'lenient',
  partitions: 'lenient',
  ignore: [],
  external: {schemas: [], extensions: []},
  calls: [],
  shadow: 'auto',
  guarded: [],
  allow: [],
  refuse: [],
  lockTimeout: 4,
  lockLimit: 120,
  strict: false,
  realtime: {capture: 'auto', history: 300},
  doctor: {ignore: []},
  serve: SERVE,
  logs: {},
  dev: DEV,
  frontend: FRONTEND,
  targets: {},
}

const NAMES: readonly string[] = [...HAZARDS, 'other-major']
const hazards = setting(
  `a list of hazards (${NAMES.join(', ')})`,
  (value) => Array.isArray(value) && value.every((item) => NAMES.includes(item)),
  {type: 'array', items: {enum: NAMES}},
)

const FUNCTIONS: Table = {folder: text('the folder'), versioned: flag('migrations carry them all')}
const EXTERNAL: Table = {
  schemas: texts('schemas that others own: `["auth"]`'),
  extensions: texts('extensions that others make and keep: `["postgis"]`'),
}
const REALTIME: Table = {
  capture: oneOf(
    'auto',
    'wal',
    'queue',
  )(
    'by which engine: `"wal"` (needs `wal_level = logical` and a role that may replicate), `"queue"` (works everywhere), `"auto"`: from the WAL where that is possible',
  ),
  history: time('for how long events are kept to go on from, up to a day: `"90s"`, `"5m"`, `"1h"`', {shown: '5m'}),
}

const DOCTOR: Table = {
  ignore: texts(
    'findings that are left alone, by their id, and their object where it is only one: `["round-trip", "fk-index:public.orders_*"]`; `*` stands for any characters',
  ),
}

export const SETTINGS: Table = {
  schema: setting('a path or a list of paths', (value) => isText(value) || (areTexts(value) && value.length > 0), {
    anyOf: [TEXT, {...TEXTS, minItems: 1}],
  })('schema files or folders; one may stand without the list', {read: (value) => [value].flat()}),
  functions: setting(
    'a folder, "versioned", or an object with "folder" and "versioned"',
    (value) => isText(value) || isObject(value),
    {anyOf: [TEXT, {type: 'object'}]},
  )(
    'the folder of the functions that are deployed; `"versioned"`: migrations carry them all, and nothing is left for `deploy-functions`; `{"folder": "db/functions", "versioned": true}` says both',
    {keys: FUNCTIONS},
  ),
  migrations: text('the folder of the migrations'),
  queries: text('the folder of [live queries](live-queries.md) that pages may ask for by name'),
  seed: setting('a path or a list of paths', (value) => isText(value) || areTexts(value), {anyOf: [TEXT, TEXTS]})(
    'files of rows, or folders of such, for [`db:seed`](seeds.md), `db:reset` and `pgext dev`; one may stand without the list',
    {read: (value) => [value].flat()},
  ),
  types: text('the file that [`pgext types`](typescript.md) writes; without it the types are printed'),
  ownership: oneOf(
    'lenient',
    'strict',
  )(
    '`"lenient"`: privileges of roles that no file names stay as they are, owners are compared where a file sets one; `"strict"` compares all',
  ),
  partitions: oneOf('lenient', 'declared')('`"lenient"`: partitions that no file names stay; `"declared"`: they are dropped'),
  ignore: texts(
    'patterns of objects that are left alone on both sides, `["table public.tmp_*", "schema cron"]`: see [leave-alone](leave-alone.md)',
  ),
  external: object(
    'an object with "schemas" and "extensions"',
    EXTERNAL,
  )(
    'what others own: never compared, never changed. What it holds is there for your files: from `external.sql`, which `pgext external` writes, else from the database',
  ),
  calls: texts('functions that a `SELECT` in a schema file may call: `["cron.schedule"]`'),
  shadow: oneOf(
    'auto',
    'target',
    'native',
    'pglite',
  )('where plans are proven: `"native"` and `"pglite"` are pgext’s own, `"target"` is the server of the database'),
  guarded: texts('databases that `db:drop` and `db:reset` refuse'),
  allow: hazards('hazards that are always accepted, as `--allow` names them: `["data-loss"]`'),
  refuse: hazards(
    'hazards that end `migrate` unless they are allowed, beside `data-loss`, which always does: `["rewrite"]`; [hazards](hazards.md) lists them',
  ),
  judgeAfter: setting(
    'the version of a migration, such as "20261121T061500"',
    (value) => typeof value === 'string' && /^\d{8}T\d{6}$/.test(value),
    {type: 'string', pattern: '^\\d{8}T\\d{6}$'},
  )(
    'the last migration whose hazards are settled: [`pgext check`](check.md) judges those of later ones; without it those of all',
  ),
  lockTimeout: seconds(
    'seconds for which `migrate` waits for a lock before it lets others through and tries again: see [waiting for locks](hazards.md#waiting-for-locks)',
  ),
  lockLimit: seconds('seconds after which it no longer tries again'),
  strict: flag(
    '`true`: `diff`, `migrate`, `migrate:new`, `migrate:status` and `deploy-functions` end with 1 where a side holds objects that pgext does not compare, as with `--strict`; else those are named with every diff',
  ),
  realtime: object(
    'an object with "capture" and "history"',
    REALTIME,
  )('how changes of [realtime tables](events.md) are captured'),
  doctor: object('an object with "ignore"', DOCTOR)('what [`pgext doctor`](doctor.md) says nothing of'),
  serve: object(
    'an object with settings of the websocket server',
    SERVE_TABLE,
  )('the [websocket server](serve.md), `pgext serve`; flags go before it'),
  logs: object(
    'an object: {"rest": {"file": "/var/log/postgrest.log"}}',
    LOGS_TABLE,
  )('where [logs](logs.md) of what runs elsewhere are, by what writes them'),
  dev: object(
    'an object with "engine", "major" and "ports"',
    DEV_TABLE,
  )('the [local stack](dev.md), `pgext dev`; flags go before it'),
  frontend: setting(
    'a folder, or an object with "folder", "dev", "url", "build" and "out"',
    (value) => isText(value) || isObject(value),
    {anyOf: [TEXT, {type: 'object'}]},
  )('the page; a folder may stand alone', {
    keys: FRONTEND_TABLE,
    read: (value) => (typeof value === 'string' ? {folder: value} : value),
  }),
  targets,
}

export async function readSettings(text: string, file: string): Promise<Settings> {
  const given = parseJson(text, file)
  if (!isObject(given))
    throw new PgextError('bad-config', `${file} must hold an object: {…}`, {where: placeOf(text, text.search(/\S/), file)})
  // an editor's, for completion
  const {$schema: _, ...settings} = given
  const source = {text, file}
  check(settings, SETTINGS, source)
  if (settings.ignore) await checkPatterns(settings.ignore as string[], source)
  return {...fill(settings, DEFAULTS, SETTINGS), ...functionsIn(settings.functions)}
}

/** `"db/functions"`, `"versioned"`, or both: `{"folder": "db/functions", "versioned": true}` */
function functionsIn(given: unknown): Pick<Settings, 'functions' | 'versioned'> {
  if (given === 'versioned') return {functions: DEFAULTS.functions, versioned: true}
  if (!isObject(given)) return {functions: (given as string | undefined) ?? DEFAULTS.functions, versioned: false}
  const {folder = DEFAULTS.functions, versioned = false} = given as {folder?: string; versioned?: boolean}
  return {functions: folder, versioned}
}

async function checkPatterns(patterns: readonly string[], {text, file}: Source): Promise<void> {
  const {readPattern} = await import('../diff/ignore.ts')
  const list = text.indexOf('"ignore"')
  for (const pattern of patterns) {
    const read = readPattern(pattern)
    if (typeof read !== 'string') continue
    const where = placeOf(text, text.indexOf(JSON.stringify(pattern), list), file)
    throw new PgextError('bad-config', `"ignore" in ${file} has a pattern that can't be read`, {hint: read, where})
  }
}

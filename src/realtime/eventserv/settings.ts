// The TOML file and the ES_ variables that pg_eventserv takes in, its settings out.
import {readFile} from 'node:fs/promises'
import {PgextError} from '../../errors.ts'

export interface EventservSettings {
  /** absent: DATABASE_URL */
  readonly dbConnection?: string
  readonly httpHost: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly tlsServerCertificateFile?: string
  readonly tlsServerPrivateKeyFile?: string
  readonly basePath: string
  /** patterns of those that are open to all */
  readonly channels: readonly string[]
  readonly debug: boolean
}

const DEFAULTS: EventservSettings = {
  httpHost: '0.0.0.0',
  httpPort: 7700,
  httpsPort: 7701,
  basePath: '/',
  channels: ['*'],
  debug: false,
}

/** What it takes and this server has no use for: said, and passed over. */
const UNUSED: ReadonlySet<string> = new Set(['dbpoolmaxconnlifetime', 'dbpoolmaxconns', 'assetspath', 'urlbase'])

const NAMES = Object.fromEntries(
  [
    'dbConnection',
    'httpHost',
    'httpPort',
    'httpsPort',
    'tlsServerCertificateFile',
    'tlsServerPrivateKeyFile',
    'basePath',
    'channels',
    'debug',
  ].map((name) => [name.toLowerCase(), name as keyof EventservSettings]),
)

/**
 * @param file a file of settings; without it `pg_eventserv.toml` is not looked for
 * @returns settings, and the names of those that mean nothing here
 * @throws PgextError `bad-config`
 */
export async function readEventserv(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{settings: EventservSettings; unused: string[]}> {
  const given: Record<string, unknown> = file === undefined ? {} : await readToml(file)
  for (const [name, value] of Object.entries(env))
    if (name.startsWith('ES_') && value !== undefined && value !== '') given[name.slice(3)] = value
  const unused: string[] = []
  const settings: Record<string, unknown> = {...DEFAULTS}
  for (const [name, value] of Object.entries(given)) {
    const known = NAMES[name.toLowerCase()]
    if (known) settings[known] = readValue(known, value)
    else if (UNUSED.has(name.toLowerCase())) unused.push(name)
    else
      throw new PgextError('bad-config', `pg_eventserv has no setting ${name}`, {
        hint: `known: ${Object.values(NAMES).join(', ')}`,
      })
  }
  return {settings: settings as unknown as EventservSettings, unused}
}

async function readToml(file: string): Promise<Record<string, unknown>> {
  const {parse, TomlError} = await import('smol-toml')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new PgextError('bad-file', `can't read ${file}: ${(error as Error).message}`, {cause: error})
  }
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const where = {file, line: error.line, column: error.column, text: text.split('\n')[error.line - 1] ?? ''}
    throw new PgextError(
      'bad-config',
      `${file} is no TOML: ${error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')}`,
      {where},
    )
  }
}

function readValue(name: keyof EventservSettings, value: unknown): unknown {
  const wrong = (what: string) =>
    new PgextError('bad-config', `${name} of pg_eventserv must be ${what}`, {hint: `it is ${JSON.stringify(value)}`})
  if (name === 'httpPort' || name === 'httpsPort') {
    const port = Number(value)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw wrong('a port')
    return port
  }
  if (name === 'channels') {
    const list = typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) throw wrong('a list of patterns')
    return list
  }
  if (name === 'debug') {
    if (!['true', 'false', '1', '0'].includes(String(value).toLowerCase())) throw wrong('true or false')
    return ['true', '1'].includes(String(value).toLowerCase())
  }
  if (typeof value !== 'string') throw wrong('a string')
  return name === 'basePath' ? `/${value.replace(/^\/+|\/+$/g, '')}`.replace(/\/$/, '') || '/' : value
}

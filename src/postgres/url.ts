// A connection URL as libpq reads it in, the driver's options out. Errors and names made from it never hold the password.
import {readFileSync} from 'node:fs'
import {PgextError} from '../errors.ts'

export interface Address {
  /** a host name, or the folder of a Unix socket */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user?: string
  readonly password?: string
  readonly ssl: false | 'prefer' | 'require' | object
  /** seconds */
  readonly timeout?: number
  /** settings that travel with the connection: application_name, options */
  readonly settings: Readonly<Record<string, string>>
}

const SHAPE = /^(postgres(?:ql)?:\/\/)(?:([^/?]*)@)?([^@/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s
const HOST = /^(\[[0-9a-f:.%]+\]|[^:[\]]*)(?::(\d*))?$/i

/** other clients' words in a URL that mean nothing to a server */
const FOREIGN = new Set([
  'pgbouncer',
  'schema',
  'connection_limit',
  'pool_timeout',
  'statement_cache_size',
  'pool_mode',
  'gssencmode',
  'channel_binding',
])
const SETTINGS = new Set(['application_name', 'options', 'search_path', 'client_encoding'])
const READ = new Set([
  'host',
  'hostaddr',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
])

export function readUrl(url: string): Address {
  const shape = SHAPE.exec(url.trim())
  if (!shape) throw badUrl('it does not begin with postgresql://', url)
  const [, , login = '', authority = '', path = '', query = ''] = shape
  const asked = new Map(new URLSearchParams(query.replaceAll('+', '%2B')))
  for (const name of asked.keys()) {
    if (!READ.has(name) && !SETTINGS.has(name) && !FOREIGN.has(name)) throw badUrl(`it has the unknown parameter ${name}`)
  }
  if (authority.includes(',')) throw badUrl('it names several hosts, and pgext works on one')
  const place = HOST.exec(decode(authority))
  const folder = decode(authority).startsWith('/')
  if (!place && !folder) throw badUrl('its host and port are not clear', url)
  const colon = login.indexOf(':')
  const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)]
  const host =
    asked.get('hostaddr') ||
    asked.get('host') ||
    (folder ? decode(authority) : place?.[1]?.replace(/^\[|\]$/g, '')) ||
    process.env.PGHOST ||
    'localhost'
  const port = Number(asked.get('port') || (folder ? '' : place?.[2]) || process.env.PGPORT || 5432)
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw badUrl('its port is no number from 1 to 65535')
  const name = asked.get('user') || decode(user) || process.env.PGUSER
  const timeout = Number(asked.get('connect_timeout'))
  return {
    host,
    port,
    database: asked.get('dbname') || decode(path) || process.env.PGDATABASE || name || 'postgres',
    user: name,
    password: asked.get('password') || decode(password) || process.env.PGPASSWORD,
    ssl: host.startsWith('/') ? false : secure(asked),
    ...(timeout > 0 && {timeout}),
    settings: Object.fromEntries([...asked].filter(([name]) => SETTINGS.has(name))),
  }
}

export const isUrl = (text: string): boolean => text.startsWith('postgres://') || text.startsWith('postgresql://')

/** How a person knows the database: postgres@localhost:5432/app. */
export function showUrl(url: string): string {
  try {
    const {host, port, database, user} = readUrl(url)
    return `${user ? `${user}@` : ''}${host}:${port}/${database}`
  } catch {
    return 'the given URL'
  }
}

/** For others to read, and still to connect by: a client asks for the password. */
export function withoutPassword(url: string): string {
  const [, scheme, login, authority, path, query] = SHAPE.exec(url.trim()) ?? []
  if (scheme === undefined) return 'the given URL'
  const kept = (query ?? '').split('&').filter((part) => part && !new URLSearchParams(part).has('password'))
  const user = login?.split(':')[0]
  return `${scheme}${user ? `${user}@` : ''}${authority}${path === undefined ? '' : `/${path}`}${kept.length > 0 ? `?${kept.join('&')}` : ''}`
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const [, scheme, login, authority, , query] = SHAPE.exec(url.trim()) ?? []
  const kept = (query ?? '').split('&').filter((part) => part && !part.startsWith('dbname='))
  return `${scheme}${login === undefined ? '' : `${login}@`}${authority}/${encodeURIComponent(database)}${kept.length ? `?${kept.join('&')}` : ''}`
}

export function isLoopback(url: string): boolean {
  const {host} = readUrl(url)
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

function secure(asked: ReadonlyMap<string, string>): Address['ssl'] {
  const mode = asked.get('sslmode') ?? (asked.get('ssl') === 'true' ? 'require' : undefined) ?? process.env.PGSSLMODE ?? 'prefer'
  if (mode === 'disable') return false
  if (mode === 'allow' || mode === 'prefer') return 'prefer'
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) throw badUrl(`it asks for an unknown sslmode ${mode}`)
  const root = asked.get('sslrootcert')
  const files = {
    ...(root && root !== 'system' && {ca: readFile(root)}),
    ...(asked.has('sslcert') && {cert: readFile(asked.get('sslcert')!)}),
    ...(asked.has('sslkey') && {key: readFile(asked.get('sslkey')!)}),
  }
  // as libpq: require checks nothing, unless a root certificate is given
  if (mode === 'require' && !files.ca) return Object.keys(files).length ? {...files, rejectUnauthorized: false} : 'require'
  return {
    ...files,
    rejectUnauthorized: true,
    ...(mode === 'verify-ca' && {checkServerIdentity: () => undefined}),
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw badUrl(`it names ${path}, which can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badUrl('it holds a % that begins no percent code')
  }
}

function badUrl(why: string, url = ''): PgextError {
  const special = url.includes('@') ? '; write special characters of the password as percent codes (/ is %2F, ? is %3F)' : ''
  return new PgextError('bad-config', `the database URL is not usable: ${why}`, {
    hint: `it looks like postgresql://user:password@host:5432/database${special}`,
  })
}

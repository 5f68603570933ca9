// Addresses of NATS servers in, a connection out. What they hold of credentials is said to the server alone.
import {readFile} from 'node:fs/promises'
import type {Authenticator, NatsConnection} from '@nats-io/transport-node'
import {PgextError} from '../../errors.ts'

/** Without credentials, for people. */
export const hostsOf = (bus: string): string =>
  urlsOf(bus)
    .map(({host}) => host)
    .join(', ')

/** What stands behind `?` of the addresses, for all of them: files, and how many copies of the stream there are to be. */
const NAMES: ReadonlySet<string> = new Set(['ca', 'cert', 'key', 'creds', 'nkey', 'replicas'])

type Given = Readonly<Partial<Record<'ca' | 'cert' | 'key' | 'creds' | 'nkey' | 'replicas', string>>>

const urlsOf = (bus: string): URL[] =>
  bus.split(',').map((one) => {
    if (!URL.canParse(one.trim())) throw new PgextError('bad-config', 'an address of the bus is none', {hint: 'nats://host:4222'})
    return new URL(one.trim())
  })

function givenOf(urls: readonly URL[]): Given {
  const given = Object.fromEntries(urls.flatMap(({searchParams}) => [...searchParams]))
  const other = Object.keys(given).find((name) => !NAMES.has(name))
  if (other !== undefined)
    throw new PgextError('bad-config', `the address of the bus has ${JSON.stringify(other)}, which means nothing`, {
      hint: `it takes ${[...NAMES].join(', ')}`,
    })
  return given
}

/** undefined: as many as there are, or one. */
export function replicasOf(bus: string): number | undefined {
  const {replicas} = givenOf(urlsOf(bus))
  if (replicas !== undefined && !/^[1-5]$/.test(replicas))
    throw new PgextError('bad-config', 'replicas of the bus are a number from 1 to 5', {hint: 'nats://host:4222?replicas=3'})
  return replicas === undefined ? undefined : Number(replicas)
}

export async function dial(bus: string): Promise<NatsConnection> {
  const urls = urlsOf(bus)
  const {ca, cert, key, ...given} = givenOf(urls)
  const isSecure = urls.some(({protocol}) => protocol === 'tls:')
  if (!isSecure && (ca ?? cert ?? key) !== undefined)
    throw new PgextError('bad-config', 'the address of the bus names certificates, but is not tls://', {
      hint: 'tls://host:4222?ca=…',
    })
  const {connect} = await import('@nats-io/transport-node')
  const authenticator = await authenticatorOf(given)
  const files = {...(ca && {caFile: ca}), ...(cert && {certFile: cert}), ...(key && {keyFile: key})}
  try {
    return await connect({
      servers: urls.map(({hostname, port}) => `${hostname}:${port || 4222}`),
      name: 'pgext serve',
      ...(authenticator ? {authenticator} : loginOf(urls)),
      ...(isSecure && {tls: files}),
      timeout: 5000,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      pingInterval: 5000,
      maxPingOut: 2,
    })
  } catch (error) {
    throw new PgextError('connection-failed', `no NATS server answers at ${hostsOf(bus)}: ${(error as Error).message}`, {
      hint: 'is it running, and are "bus" in pgext.json or PGEXT_BUS right?',
    })
  }
}

/** `user:password@`, or a token alone. */
function loginOf(urls: readonly URL[]): {user: string; pass: string} | {token: string} | Record<string, never> {
  const url = urls.find(({username}) => username !== '')
  if (!url) return {}
  const [user, pass] = [url.username, url.password].map(decoded) as [string, string]
  return pass === '' ? {token: user} : {user, pass}
}

/** A `%` that begins no escape stands for itself; nobody is to see what stands around it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** By a file of credentials (a JWT and its seed, as `nsc` writes it), or of a seed alone. */
async function authenticatorOf({creds, nkey}: Given): Promise<Authenticator | undefined> {
  const file = creds ?? nkey
  if (file === undefined) return undefined
  const {credsAuthenticator, nkeyAuthenticator} = await import('@nats-io/transport-node')
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new PgextError('bad-config', `the bus is to be logged in to by ${file}, which can't be read (${cause.code})`)
  })
  try {
    const bytes = new TextEncoder().encode(creds === undefined ? text.trim() : text)
    const made = creds === undefined ? nkeyAuthenticator(bytes) : credsAuthenticator(bytes)
    made('')
    return made
  } catch {
    // what is wrong with it may say what stands in it
    throw new PgextError(
      'bad-config',
      `the bus is to be logged in to by ${file}, which is no ${creds ? 'file of credentials' : 'seed of an nkey'}`,
    )
  }
}

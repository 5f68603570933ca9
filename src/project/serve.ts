// What pgext.json says of the websocket server, "serve", in; each setting with its default out.

export interface Serve {
  readonly port: number
  /** the address to listen on */
  readonly host: string
  /** roles that tokens may name; undefined: all that the server's own login may become */
  readonly roles?: readonly string[]
  /** the role of who has no token; undefined: nobody comes in without one */
  readonly anonymous?: string
  /** where in a token its role stands: 'role', or a path as 'app_metadata.role' */
  readonly roleClaim: string
  readonly audience?: string
  readonly issuer?: string
  /** where the keys of tokens are published */
  readonly jwks?: string
  /** seconds for which a token without `exp` is good */
  readonly maxTokenAge: number
  /** pages of which places may connect, beside those of the server's own: 'https://app.example.com'; '*' are all */
  readonly origins: readonly string[]
  /** what stands in front says whose connection it is, in X-Forwarded-For */
  readonly trustProxy: boolean
  /** patterns of tables that are served: 'task', 'sales.*'; undefined: all that are realtime */
  readonly tables?: readonly string[]
  /** who may listen and publish, by patterns of channels */
  readonly channels: Readonly<Record<string, ChannelRule>>
  readonly limits: Limits
  /** NATS servers, nats://… or tls://…, behind which many nodes read by one; undefined: each reads for itself */
  readonly bus?: string
}

/** Roles that may do both, or each. `*` is whoever is there. */
export type ChannelRule =
  | string
  | readonly string[]
  | {readonly listen?: string | readonly string[]; readonly publish?: string | readonly string[]}

export interface Limits {
  readonly sockets: number
  /** of one address */
  readonly perAddress: number
  /** of one `sub` */
  readonly perUser: number
  /** that one address may open in a second */
  readonly connects: number
  /** subscriptions, listeners and queries of one socket */
  readonly subscriptions: number
  /** messages of one socket in a second */
  readonly messages: number
  /** bytes of one message of a client */
  readonly message: number
  /** bytes that wait for a slow client */
  readonly buffer: number
}

export const SERVE: Serve = {
  port: 3001,
  host: '127.0.0.1',
  roleClaim: 'role',
  maxTokenAge: 3600,
  origins: [],
  trustProxy: false,
  channels: {},
  limits: {
    sockets: 20_000,
    perAddress: 1000,
    perUser: 100,
    connects: 200,
    subscriptions: 100,
    messages: 100,
    message: 65_536,
    buffer: 1_048_576,
  },
}

type Check = (value: unknown) => string | undefined

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a string')
const texts: Check = (value) => (Array.isArray(value) && value.every((one) => !text(one)) ? undefined : 'a list of strings')
const count =
  (most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= most ? undefined : `a whole number from 1 to ${most}`

export const SERVE_CHECKS: Readonly<Record<string, Check>> = {
  port: (value) => (value === 0 ? undefined : count(65_535)(value)),
  host: text,
  roles: texts,
  anonymous: text,
  roleClaim: text,
  audience: text,
  issuer: text,
  jwks: (value) => (typeof value === 'string' && isUrl(value) ? undefined : 'a URL, https://…'),
  origins: (value) =>
    !texts(value) && (value as string[]).every((one) => one === '*' || isOrigin(one))
      ? undefined
      : 'a list of origins: "https://app.example.com", or "*"',
  trustProxy: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  tables: texts,
  channels: (value) =>
    isObject(value) && Object.values(value).every(isRule) ? undefined : 'an object: {"room:*": "authenticated"}',
  bus: (value) =>
    typeof value === 'string' && isBus(value) ? undefined : 'the address of a NATS server, nats://host:4222 or tls://host:4222',
  limits: (value) => (isObject(value) ? undefined : `an object with some of ${Object.keys(SERVE.limits).join(', ')}`),
}

export const LIMIT_CHECKS: Readonly<Record<string, Check>> = {
  sockets: count(1_000_000),
  perAddress: count(1_000_000),
  perUser: count(1_000_000),
  connects: count(1_000_000),
  subscriptions: count(10_000),
  messages: count(1_000_000),
  message: count(16_777_216),
  buffer: count(268_435_456),
}

function isRule(value: unknown): boolean {
  if (!text(value) || !texts(value)) return true
  if (!isObject(value) || Object.keys(value).some((key) => key !== 'listen' && key !== 'publish')) return false
  return Object.values(value).every((one) => !text(one) || !texts(one))
}

function isUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

/** One, or several with commas between them. */
export const isBus = (value: string): boolean =>
  value.split(',').every((one) => URL.canParse(one.trim()) && /^(nats|tls):\/\/[^/]/.test(one.trim()))

const isOrigin = (value: string): boolean => isUrl(value) && new URL(value).origin === value

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

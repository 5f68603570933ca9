// What pgext.json says of the websocket server, "serve": each setting, its default, what it may be and what it means.
import {
  areTexts,
  count,
  flag,
  isObject,
  isText,
  isUrl,
  object,
  setting,
  type Table,
  TEXT,
  TEXTS,
  text,
  texts,
  time,
  url,
} from './setting.ts'

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
  /** this server's own name, by which it goes on in the WAL where it was when it is started anew; undefined: it begins anew */
  readonly node?: string
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
  /** rows of one result of a query */
  readonly rows: number
  /** bytes of one result of a query */
  readonly result: number
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
    rows: 10_000,
    result: 16_777_216,
  },
}

const NODE = /^[A-Za-z0-9_-]{1,40}$/
const RULE = {listen: {anyOf: [TEXT, TEXTS]}, publish: {anyOf: [TEXT, TEXTS]}}

const LIMITS: Table = {
  sockets: count(1_000_000)('sockets in all'),
  perAddress: count(1_000_000)('sockets of one address: of IPv4, or the first 64 bits of one of IPv6'),
  perUser: count(1_000_000)('sockets of one `sub`'),
  connects: count(1_000_000)('sockets that one address may open in a second'),
  subscriptions: count(10_000)('subscriptions, listeners and queries of one socket'),
  messages: count(1_000_000)('messages of one socket in a second'),
  message: count(16_777_216)('bytes of one message of a client'),
  buffer: count(268_435_456)('bytes that wait for a client that does not keep up, before it is told `lagging` and sent away'),
  rows: count(1_000_000)('rows of one result of a query'),
  result: count(268_435_456)('bytes of one result of a query'),
}

export const SERVE_TABLE: Table = {
  port: count(65_535)('where it listens; `0`: any port that is free', {
    fits: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
    json: {type: 'integer', minimum: 0, maximum: 65_535},
  }),
  host: text('the address where it listens; `"0.0.0.0"` is for everybody'),
  roles: texts('roles that tokens may name; without it all that the login is a member of'),
  anonymous: text('the role of clients without a token; without it they have to bring one within ten seconds'),
  roleClaim: text('where in a token its role stands: a claim, or a place in one, as `app_metadata.role`'),
  audience: text('what `aud` of a token has to name'),
  issuer: text('what `iss` of a token has to be'),
  jwks: url('a URL, https://…')('where the keys that tokens are signed with are published'),
  maxTokenAge: time('for how long a token without `exp` is good', {shown: '1h'}),
  origins: setting(
    'a list of origins: "https://app.example.com", or "*"',
    (value) => areTexts(value) && value.every((one) => one === '*' || isOrigin(one)),
    TEXTS,
  )(
    'pages of which places may connect, beside those that the server itself gives out: `["https://app.example.com"]`, or `["*"]`',
  ),
  trustProxy: flag('what stands in front says in `X-Forwarded-For` whose connection it is'),
  tables: texts('tables that are served, `["task", "sales.*"]`; without it all that are realtime'),
  channels: setting('an object: {"room:*": "authenticated"}', (value) => isObject(value) && Object.values(value).every(isRule), {
    type: 'object',
    additionalProperties: {anyOf: [TEXT, TEXTS, {type: 'object', properties: RULE, additionalProperties: false}]},
  })('who may listen and publish, by patterns of channels: see [channels](serve.md#channels)'),
  bus: setting(
    'the address of a NATS server, nats://host:4222 or tls://host:4222',
    (value) => typeof value === 'string' && isBus(value),
    {type: 'string', pattern: '^(nats|tls)://'},
  )('NATS servers between [many nodes](realtime-nodes.md); where a password belongs into it, say it in `PGEXT_BUS`', {
    isSecret: true,
  }),
  node: setting('a name: letters, digits, - and _, at most 40 of them', (value) => typeof value === 'string' && isNode(value), {
    type: 'string',
    pattern: NODE.source,
  })(
    'the [name](serve.md#a-server-with-a-name) of this server; better `--node` or `PGEXT_NODE`, as it is not to be the same of two',
  ),
  limits: object(`an object with some of ${Object.keys(LIMITS).join(', ')}`, LIMITS)('what clients may ask of it'),
}

function isRule(value: unknown): boolean {
  if (isText(value) || areTexts(value)) return true
  if (!isObject(value) || Object.keys(value).some((key) => key !== 'listen' && key !== 'publish')) return false
  return Object.values(value).every((one) => isText(one) || areTexts(one))
}

/** One, or several with commas between them. */
export const isBus = (value: string): boolean =>
  value.split(',').every((one) => URL.canParse(one.trim()) && /^(nats|tls):\/\/[^/?]/.test(one.trim()))

export const isNode = (value: string): boolean => NODE.test(value)

function isOrigin(value: string): boolean {
  return isUrl(value) && new URL(value).origin === value
}

// A token in, who bears it out: verified by a secret or by published keys, and by nothing that it says of itself.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import {PgextError} from '../errors.ts'
import type {Claims} from './model.ts'

export interface TokenOptions {
  /** a secret of at least 32 bytes, or a key or a set of keys as JSON (JWK, JWKS) */
  readonly secret?: string
  /** where keys are published */
  readonly jwks?: string
  readonly audience?: string
  readonly issuer?: string
  /** `role`, or a path: `app_metadata.role`; a claim whose name has dots goes before a path */
  readonly roleClaim: string
  /** seconds */
  readonly maxTokenAge: number
}

export interface Bearer {
  readonly claims: Claims
  /** what the token names; undefined: none */
  readonly role?: string
  /** milliseconds since 1970 */
  readonly expires: number
}

/** What is signed with a secret can be forged by whoever has it: never where keys are published. And the other way round. */
const BY_SECRET = ['HS256', 'HS384', 'HS512']
const BY_KEY = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Milliseconds between two looks for keys that are not known, which anybody can ask for. */
const COOLDOWN = 60_000
/** Seconds by which two clocks may differ. */
const TOLERANCE = 5
/** Bytes: what is shorter can be guessed from one token. */
const SHORTEST = 32
/** Milliseconds since 1970: later ones have no date. */
const LAST = 8.64e15

type Verify = (token: string) => Promise<JWTPayload>

export class Tokens {
  readonly #options: TokenOptions
  readonly #verify: Verify

  private constructor(options: TokenOptions, verify: Verify) {
    this.#options = options
    this.#verify = verify
  }

  /** @throws PgextError `bad-config` */
  static async open(options: TokenOptions): Promise<Tokens> {
    return new Tokens(options, await verifier(options))
  }

  /** @throws PgextError `usage`, with nothing of the token in it */
  async read(token: string): Promise<Bearer> {
    const payload = await this.#verify(token).catch((error) => {
      throw refused(error)
    })
    if (isRounded(token)) throw new PgextError('usage', 'the token has a number that would be rounded: say it as a string')
    const now = Date.now()
    const {exp, iat} = payload
    const expires =
      exp !== undefined
        ? Math.min(exp * 1000, LAST)
        : Math.min((iat ?? now / 1000) * 1000, now) + this.#options.maxTokenAge * 1000
    if (!(expires > now)) throw new PgextError('usage', 'the token has expired')
    const {roleClaim} = this.#options
    const path = Object.hasOwn(payload, roleClaim) ? [roleClaim] : roleClaim.split('.')
    const role = path.reduce<unknown>(
      (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      payload,
    )
    if (role !== undefined && typeof role !== 'string') throw new PgextError('usage', "the token's role is no string")
    return {claims: payload, expires, ...(role !== undefined && {role})}
  }
}

/** Who comes as 9007199254740993 must not be taken for 9007199254740992: JavaScript holds no such numbers. */
function isRounded(token: string): boolean {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  const numbers = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)?.filter((one) => !one.startsWith('"')) ?? []
  return numbers.some((one) => {
    const value = Number(one)
    return !Number.isFinite(value) || (/^-?\d+$/.test(one) && BigInt(value) !== BigInt(one))
  })
}

async function verifier({secret, jwks, audience, issuer}: TokenOptions): Promise<Verify> {
  const checks: JWTVerifyOptions = {clockTolerance: TOLERANCE, ...(audience && {audience}), ...(issuer && {issuer})}
  if (jwks) {
    const keys = createRemoteJWKSet(new URL(jwks), {cooldownDuration: COOLDOWN})
    return (token) => verifyBy(token, keys, {...checks, algorithms: BY_KEY})
  }
  if (!secret) return () => Promise.reject(new PgextError('usage', 'this server takes no tokens'))
  if (secret.trimStart().startsWith('{')) return keyed(secret, checks)
  const key = longEnough(new TextEncoder().encode(secret))
  return async (token) => (await jwtVerify(token, key, {...checks, algorithms: BY_SECRET})).payload
}

/** A key, or several, as JSON: the kind of each says which algorithms it is for. */
async function keyed(json: string, checks: JWTVerifyOptions): Promise<Verify> {
  const {secrets, keys} = await keysIn(json)
  const published = createLocalJWKSet({keys})
  return async (token) => {
    // of several that may be it, whichever it was signed with
    for (const {kid, key} of secrets) {
      const own: JWTVerifyGetKey = (header) => {
        if (kid !== undefined && header.kid !== undefined && kid !== header.kid) throw new errors.JWSSignatureVerificationFailed()
        return key
      }
      const found = await jwtVerify(token, own, {...checks, algorithms: BY_SECRET}).catch(passOver)
      if (found) return found.payload
    }
    if (keys.length === 0) throw new errors.JWSSignatureVerificationFailed()
    return verifyBy(token, published, {...checks, algorithms: BY_KEY})
  }
}

/** It is signed with another key, or by another kind of one. */
function passOver(error: unknown): undefined {
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) return undefined
  throw error
}

interface Keys {
  readonly secrets: {readonly kid: unknown; readonly key: Uint8Array}[]
  readonly keys: JWK[]
}

/** @throws PgextError `bad-config` */
async function keysIn(json: string): Promise<Keys> {
  const secrets: Keys['secrets'] = []
  const keys: JWK[] = []
  try {
    const given = JSON.parse(json)
    for (const jwk of (Array.isArray(given.keys) ? given.keys : [given]) as JWK[]) {
      const key = await importJWK(jwk, jwk.alg ?? algorithmOf(jwk))
      if (key instanceof Uint8Array) secrets.push({kid: jwk.kid, key: longEnough(key)})
      else if (key.type === 'public') keys.push(jwk)
      else
        throw new PgextError('bad-config', 'the key that tokens are verified with is a private one', {
          hint: 'give the public one',
        })
    }
  } catch (error) {
    if (error instanceof PgextError) throw error
    throw new PgextError('bad-config', 'the key that tokens are verified with is no JWK')
  }
  if (secrets.length + keys.length === 0) throw new PgextError('bad-config', 'the set of keys for tokens holds none')
  return {secrets, keys}
}

/** One that a key which does not say so can be tried with. */
const algorithmOf = ({kty, crv}: JWK): string =>
  kty === 'oct' ? 'HS256' : kty === 'RSA' ? 'RS256' : kty === 'OKP' ? 'Ed25519' : `ES${crv === 'P-521' ? 512 : crv?.slice(2)}`

function longEnough(key: Uint8Array): Uint8Array {
  if (key.length >= SHORTEST) return key
  throw new PgextError('bad-config', `the secret that tokens are signed with has less than ${SHORTEST} bytes`, {
    hint: 'openssl rand -base64 48',
  })
}

/** Where it does not say which of several keys it was signed with, any may be it. */
async function verifyBy(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const found = await jwtVerify(token, key, options).catch(passOver)
      if (found) return found.payload
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** In the words of what was wrong, none of which are the token's. */
function refused(error: unknown): PgextError {
  if (error instanceof PgextError) return error
  if (error instanceof errors.JWTExpired) return new PgextError('usage', 'the token has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return new PgextError('usage', `the token's ${error.claim} is not as it has to be`)
  // what a key set's server answered is one without a class of its own
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC')
    return new PgextError('connection-failed', 'the keys of tokens could not be fetched', {cause: error})
  return new PgextError('usage', 'the token is not valid')
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

// A token in, who bears it out: verified by a secret or by published keys, and by nothing that it says of itself.
import {createRemoteJWKSet, errors, importJWK, type JWTPayload, type JWTVerifyOptions, jwtVerify} from 'jose'
import {PgextError} from '../errors.ts'
import type {Claims} from './model.ts'

export interface TokenOptions {
  /** a secret of at least 32 bytes, or a key or a set of keys as JSON (JWK, JWKS) */
  readonly secret?: string
  /** where keys are published */
  readonly jwks?: string
  readonly audience?: string
  readonly issuer?: string
  /** `role`, or a path: `app_metadata.role` */
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
    const now = Date.now()
    const {exp, iat} = payload
    const expires = exp !== undefined ? exp * 1000 : Math.min((iat ?? now / 1000) * 1000, now) + this.#options.maxTokenAge * 1000
    if (expires <= now) throw new PgextError('usage', 'the token has expired')
    const role = this.#options.roleClaim
      .split('.')
      .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), payload)
    if (role !== undefined && typeof role !== 'string') throw new PgextError('usage', "the token's role is no string")
    return {claims: payload, expires, ...(role !== undefined && {role})}
  }
}

async function verifier({secret, jwks, audience, issuer}: TokenOptions): Promise<Verify> {
  const checks: JWTVerifyOptions = {clockTolerance: TOLERANCE, ...(audience && {audience}), ...(issuer && {issuer})}
  if (jwks) {
    const keys = createRemoteJWKSet(new URL(jwks), {cooldownDuration: COOLDOWN})
    return async (token) => (await jwtVerify(token, keys, {...checks, algorithms: BY_KEY})).payload
  }
  if (!secret) return () => Promise.reject(new PgextError('usage', 'this server takes no tokens'))
  if (secret.trimStart().startsWith('{')) return keyed(secret, checks)
  const key = new TextEncoder().encode(secret)
  if (key.length < 32)
    throw new PgextError('bad-config', 'the secret that tokens are signed with has less than 32 bytes', {
      hint: 'openssl rand -base64 48',
    })
  return async (token) => (await jwtVerify(token, key, {...checks, algorithms: BY_SECRET})).payload
}

/** A key, or several, as JSON: the kind of each says which algorithms it is for. */
async function keyed(json: string, checks: JWTVerifyOptions): Promise<Verify> {
  try {
    const given = JSON.parse(json)
    const list: Record<string, unknown>[] = Array.isArray(given.keys) ? given.keys : [given]
    const keys = await Promise.all(
      list.map(async (jwk) => ({
        kid: jwk.kid,
        isSecret: jwk.kty === 'oct',
        key: await importJWK(jwk, typeof jwk.alg === 'string' ? jwk.alg : jwk.kty === 'oct' ? 'HS256' : undefined),
      })),
    )
    return async (token) => {
      const found = await jwtVerify(
        token,
        ({alg, kid}) => {
          const one = keys.find(
            (key) => (kid === undefined || key.kid === undefined || key.kid === kid) && key.isSecret === BY_SECRET.includes(alg),
          )
          if (!one) throw new errors.JWKSNoMatchingKey()
          return one.key
        },
        {...checks, algorithms: [...BY_SECRET, ...BY_KEY]},
      )
      return found.payload
    }
  } catch {
    throw new PgextError('bad-config', 'the key that tokens are verified with is no JWK')
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

// What is known of a password in; a SCRAM-SHA-256 exchange (RFC 5802, 7677) as a server leads it out.
import {createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual} from 'node:crypto'

export interface Verifier {
  readonly iterations: number
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

/** PostgreSQL's form of it, in pg_authid. */
export function readVerifier(password: string): Verifier | undefined {
  const [, iterations, salt, stored, server] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(password) ?? []
  if (!server) return undefined
  const [saltBytes, storedKey, serverKey] = [salt!, stored!, server].map((part) => Buffer.from(part, 'base64'))
  return {iterations: Number(iterations), salt: saltBytes!, storedKey: storedKey!, serverKey: serverKey!}
}

export function makeVerifier(password: string): Verifier {
  const [salt, iterations] = [randomBytes(16), 4096]
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  return {iterations, salt, storedKey: hash(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key')}
}

export class Scram {
  readonly #verifier: Verifier
  #first = ''
  #challenge = ''
  #nonce = ''

  constructor(verifier: Verifier) {
    this.#verifier = verifier
  }

  /** The client's first words in, the challenge out; undefined: it does not speak SCRAM. */
  begin(said: string): string | undefined {
    const [, bare, nonce] = /^[ny],[^,]*,((?:n=[^,]*),r=([^,]+).*)$/.exec(said) ?? []
    if (!bare || !nonce) return undefined
    this.#first = bare
    this.#nonce = nonce + randomBytes(18).toString('base64')
    this.#challenge = `r=${this.#nonce},s=${this.#verifier.salt.toString('base64')},i=${this.#verifier.iterations}`
    return this.#challenge
  }

  /** The client's proof in, the server's out; undefined: the password is another. */
  finish(said: string): string | undefined {
    const [, bare, nonce, proof] = /^(c=[^,]*,r=([^,]+)(?:,[^p][^,]*)*),p=(.+)$/.exec(said) ?? []
    if (!bare || nonce !== this.#nonce) return undefined
    const signed = `${this.#first},${this.#challenge},${bare}`
    const signature = hmac(this.#verifier.storedKey, signed)
    const given = Buffer.from(proof!, 'base64')
    if (given.length !== signature.length) return undefined
    const key = Buffer.from(given.map((byte, at) => byte ^ signature[at]!))
    if (!timingSafeEqual(hash(key), this.#verifier.storedKey)) return undefined
    return `v=${hmac(this.#verifier.serverKey, signed).toString('base64')}`
  }
}

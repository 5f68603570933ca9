// Tokens of one socket in, whom it is taken for out; when the last of them has expired, the end of it.
import {CLOSE} from '../client/protocol.ts'
import {PgextError} from '../errors.ts'
import type {Viewer} from './model.ts'
import type {Server} from './serve.ts'
import type {Socket} from './socket.ts'

/** Milliseconds for who has no token yet, and must have one. */
const GREETING = 10_000
/** Timers hold 24 days. */
const LONGEST = 2 ** 31 - 1

/** When a token ends, by both clocks: one that is set back gives nobody more time, and one that is set right none to what is over. */
interface End {
  /** milliseconds since 1970 */
  readonly at: number
  /** of `performance` */
  readonly after: number
}

export class Identity {
  viewer?: Viewer
  readonly #server: Server
  readonly #socket: Socket
  #timer?: NodeJS.Timeout
  /** whose seat it has */
  user?: string
  /** it is not only taken for whoever comes without one */
  hasToken = false
  #end?: End

  constructor(server: Server, socket: Socket) {
    this.#server = server
    this.#socket = socket
  }

  /** @param token as it came with the request to connect */
  async greet(token?: string): Promise<void> {
    const {anonymous} = this.#server.settings
    if (token !== undefined) await this.take(token)
    else if (anonymous !== undefined) {
      await this.#server.roles.enter(anonymous)
      await this.#become(this.#server.viewers.of(anonymous, {role: anonymous}))
    } else this.#timer = setTimeout(() => this.#socket.close(CLOSE.unauthorized, 'no token came'), GREETING)
  }

  /** Who was somebody stays so where a token is not accepted, until the one before expires; nobody who shows one goes on as a stranger. */
  async take(token: string): Promise<void> {
    try {
      const bearer = await this.#server.tokens.read(token)
      const role = bearer.role ?? this.#server.settings.anonymous
      if (role === undefined) throw new PgextError('usage', 'the token names no role')
      await this.#server.roles.enter(role)
      await this.#become(this.#server.viewers.of(role, bearer.claims), bearer.expires)
    } catch (error) {
      const {code, message} = error as PgextError
      if (!(error instanceof PgextError) || (code !== 'usage' && code !== 'not-allowed')) throw error
      this.#server.counts.refused++
      this.#socket.refuse(undefined, 'bad-token', message)
      if (!this.hasToken) this.#socket.close(CLOSE.unauthorized, 'the token is not accepted')
    }
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  async #become(viewer: Viewer, expires?: number): Promise<void> {
    if (!this.#socket.isOpen) return
    const before = this.viewer
    // who came without a token may show one later
    if (this.hasToken && before && (before.role !== viewer.role || before.claims.sub !== viewer.claims.sub)) {
      this.#socket.close(CLOSE.changedIdentity, 'the token is of somebody else: connect anew')
      return
    }
    const {sub} = viewer.claims
    if (!this.hasToken && typeof sub === 'string') {
      if (!this.#server.seat(sub)) {
        this.#socket.close(CLOSE.tooMany, 'too many connections of this user')
        return
      }
      this.user = sub
    }
    this.hasToken = expires !== undefined
    this.viewer = viewer
    clearTimeout(this.#timer)
    this.#end = expires === undefined ? undefined : {at: expires, after: performance.now() + expires - Date.now()}
    if (this.#end) this.#wait(this.#end)
    this.#socket.answer({
      type: 'auth',
      role: viewer.role,
      ...(expires !== undefined && {
        expires: new Date(expires).toISOString(),
        expiresIn: Math.max(Math.floor((expires - Date.now()) / 1000), 0),
      }),
    })
    if (before && before !== viewer) await this.#socket.wishes.again(before, viewer)
  }

  /** Whether its time is over, by either clock: timers stand still where the machine sleeps. */
  look(): void {
    const end = this.#end
    if (!end || !this.#socket.isOpen || (end.at > Date.now() && end.after > performance.now())) return
    this.#socket.answer({type: 'expired'})
    this.#socket.close(CLOSE.expired, 'the token has expired')
  }

  #wait(end: End): void {
    this.#timer = setTimeout(
      () => {
        this.look()
        if (this.#socket.isOpen) this.#wait(end)
      },
      Math.min(Math.max(end.after - performance.now(), 0), LONGEST),
    )
  }
}

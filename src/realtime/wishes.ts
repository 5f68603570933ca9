// What one socket asks for in; its subscriptions, channels and queries out, each by an id of the client's.
import type {Request} from '../client/protocol.ts'
import type {PgextError} from '../errors.ts'
import type {Notice} from './channels.ts'
import type {Viewer} from './model.ts'
import type {Server} from './serve.ts'
import type {Socket} from './socket.ts'
import {Subscribing} from './subscribing.ts'
import type {Subscription} from './subscription.ts'
import {isSamePerson} from './viewer.ts'

export type Asked = Exclude<Request, {type: 'ping' | 'ack' | 'auth'}>

/** What ends with the socket. */
interface Open {
  /** Whether a viewer of other claims may have it still. */
  renew(before: Viewer, viewer: Viewer): Promise<boolean>
  close(): void
}

export class Wishes {
  readonly #server: Server
  readonly #socket: Socket
  readonly #open = new Map<string, Open>()

  constructor(server: Server, socket: Socket) {
    this.#server = server
    this.#socket = socket
  }

  async do(viewer: Viewer, request: Asked): Promise<void> {
    const id = idOf(request)
    if (request.type === 'unsubscribe') this.#unsubscribe(id)
    else if (request.type === 'publish') await this.#publish(viewer, request)
    else if (this.#open.has(id)) this.#socket.refuse(id, 'id-taken', 'there is a subscription with this id')
    else if (this.#open.size >= this.#server.settings.limits.subscriptions)
      this.#socket.refuse(id, 'limit', 'too many subscriptions')
    else if (request.type === 'subscribe') await this.#subscribe(viewer, id, request)
    else if (request.type === 'listen') await this.#listen(viewer, id, request.channel)
    else this.#query(viewer, request)
  }

  /** By another token than before: each is judged anew. */
  async again(before: Viewer, viewer: Viewer): Promise<void> {
    for (const [id, open] of this.#open) {
      if ((await open.renew(before, viewer)) || !this.#open.has(id)) continue
      this.#open.delete(id)
      open.close()
      this.#socket.refuse(id, 'not-found', 'by the new token this may not be seen')
    }
  }

  /** It has ended by itself. */
  forget(id: string): void {
    this.#open.delete(id)
  }

  close(): void {
    for (const open of this.#open.values()) open.close()
    this.#open.clear()
  }

  async #subscribe(viewer: Viewer, id: string, request: Request & {type: 'subscribe'}): Promise<void> {
    const {hub} = this.#server
    let subscription: Subscription | undefined
    const close = () => {
      if (!subscription) return
      subscription.isOver = true
      this.#socket.outbox.drop(subscription)
      hub.leave(subscription)
    }
    const renew = async (before: Viewer, viewer: Viewer) => {
      if (!subscription || !(await Subscribing.renew(this.#server, subscription, viewer))) return false
      if (!isSamePerson(before, viewer)) subscription.gone(hub.token, 'the token says something else than the one before')
      return true
    }
    this.#open.set(id, {renew, close})
    try {
      subscription = await Subscribing.open(this.#server, this.#socket, viewer, id, request)
    } finally {
      if (!subscription || subscription.isOver) this.#open.delete(id)
    }
    if (!subscription) this.#socket.refuse(id, 'not-found', 'there is no such table, or it may not be seen')
    else if (!this.#socket.isOpen) close()
  }

  async #listen(viewer: Viewer, id: string, channel: string): Promise<void> {
    const {channels} = this.#server
    if (!(await channels.may(viewer, 'listen', channel))) {
      this.#socket.refuse(id, 'not-found', 'there is no such channel, or it may not be listened to')
      return
    }
    if (!this.#socket.isOpen) return
    const listener = {hear: (notice: Notice) => this.#socket.outbox.frame(notice.frame(id))}
    await this.#server.listen(channel, listener)
    const close = () => this.#server.unlisten(channel, listener)
    this.#open.set(id, {close, renew: (_, viewer) => channels.may(viewer, 'listen', channel)})
    if (this.#socket.isOpen) this.#socket.answer({type: 'listening', id, channel})
    else close()
  }

  async #publish(viewer: Viewer, {id, channel, payload}: Request & {type: 'publish'}): Promise<void> {
    if (await this.#server.channels.may(viewer, 'publish', channel)) {
      await this.#server.publish(channel, payload)
      this.#socket.answer({type: 'published', ...(id !== undefined && {id})})
    } else this.#socket.refuse(id, 'not-found', 'there is no such channel, or it may not be published to')
  }

  #query(viewer: Viewer, {id, name, params}: Request & {type: 'query'}): void {
    if (!this.#server.knows(name)) {
      this.#socket.refuse(id, 'not-found', 'there is no such query')
      return
    }
    const query = {id, name, ...(params && {params})}
    const failed = (error: PgextError) => {
      const [code, message, hint] = this.#server.answerTo(name, error)
      this.#socket.refuse(id, code, message, hint)
      if (code === 'failed' || this.#open.get(id) !== open) return
      this.#open.delete(id)
      handle.close()
    }
    const asked = (as: Viewer) =>
      this.#server.live.open({
        ...query,
        viewer: as,
        send: (message) => {
          if (message.startsWith('{"type":"warning"')) this.#socket.outbox.text(message)
          else this.#socket.outbox.rows(message, repeat)
        },
        onError: failed,
      })
    const repeat = () => handle.repeat()
    let handle = asked(viewer)
    const renew = async (before: Viewer, viewer: Viewer) => {
      // what it reads of a token's own times is a moment's anyway
      if (isSamePerson(before, viewer)) return true
      handle.close()
      handle = asked(viewer)
      return true
    }
    const open: Open = {renew, close: () => handle.close()}
    this.#open.set(id, open)
  }

  #unsubscribe(id: string): void {
    const open = this.#open.get(id)
    if (open) {
      this.#open.delete(id)
      open.close()
      this.#socket.answer({type: 'unsubscribed', id})
    } else this.#socket.refuse(id, 'id-unknown', 'there is no subscription with this id')
  }
}

/** A client that gives none has one by the name of what it asks for. */
export const idOf = (request: Asked): string => {
  if (request.id !== undefined) return request.id
  return request.type === 'subscribe' ? request.table : request.type === 'listen' ? request.channel : ''
}

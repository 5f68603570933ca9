// A request to subscribe in, the subscription out: what came before is told first, and nothing is missed or told twice.
import {createHash} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Request} from '../client/protocol.ts'
import {PgextError} from '../errors.ts'
import type {Batch, Operation} from '../events/model.ts'
import {Filter} from './filter/filter.ts'
import {isBehind, isQueued, isShared} from './missed.ts'
import type {Access, Viewer} from './model.ts'
import {replay} from './replay.ts'
import type {Server} from './serve.ts'
import {type Skip, unmark} from './skip.ts'
import {readSnapshot} from './snapshot.ts'
import type {Socket} from './socket.ts'
import {Subscription} from './subscription.ts'
import type {View} from './view.ts'
import {personOf} from './viewer.ts'

type Wanted = Request & {readonly type: 'subscribe'}

/** undefined: there is no such table, or it may not be seen. @throws PgextError `usage` */
async function open(
  server: Server,
  socket: Socket,
  viewer: Viewer,
  id: string,
  request: Wanted,
): Promise<Subscription | undefined> {
  const {hub, sight} = server
  const since = request.since === undefined ? undefined : unmark(request.since)
  const name = tableOf(request.table)
  if (!server.serves(name)) return undefined
  const access = await sight.join(name, viewer)
  if (!access) return undefined
  const {relid} = access
  const joined = {is: true}
  try {
    const wish = await wishOf(server, access, viewer, request)
    const subscription = await whenReached(server, since?.token, () => {
      // what it was a moment ago it may be no more
      const now = sight.access(relid, viewer)
      if (!now) return undefined
      const listed = hub.listed(relid)
      if (now.key.some((column) => listed && !listed.has(column))) return undefined
      const view = hub.desk.enter(wish, now, listed)
      const made = new Subscription(
        {id, token: since?.token ?? hub.token, ...(request.events && {events: new Set<Operation>(request.events)})},
        socket,
        view,
      )
      made.hold()
      view.subscriptions.add(made)
      joined.is = false
      const {columns} = view
      const seen = sightOf(server, view)
      socket.answer({type: 'subscribed', id, token: hub.token, columns: [...columns], key: now.key, sight: seen})
      for (const message of now.warnings) socket.answer({type: 'warning', id, code: 'policy', message})
      const isOther = request.sight !== undefined && request.sight !== seen
      return {made, isOther, told: hub.feed.recent(), token: hub.token, before: since && hub.feed.since(since.token)}
    })
    if (!subscription) return undefined
    const {made, isOther, told, token} = subscription
    try {
      if (request.snapshot) await snapshot(server, socket, made, {told, token})
      else {
        const before = since && !isOther && (subscription.before ?? (await readBefore(server, since.token, token)))
        const missed = since ? before && (await replay(hub, made.view, before)) : []
        if (!missed && isOther) made.gone(token, 'what may be seen is not what it was')
        else if (!missed)
          made.gone(token, before ? 'what came since the token can not be judged' : 'what came since the token is no longer kept')
        made.release(missed || [], missed ? since?.skip : undefined)
      }
    } catch (error) {
      hub.leave(made)
      made.isOver = true
      throw error
    }
    return made
  } finally {
    if (joined.is) sight.leave(relid, viewer)
  }
}

/** Of all that decides what is seen: who was away does not know what has changed of it. */
function sightOf({hub}: Server, {access, wish}: View): string {
  const {excerpt, filter} = hub.sieve.declared?.tables.get(access.relid) ?? {}
  const parts = [access.mark, personOf(wish.viewer), excerpt && [...excerpt.columns], filter?.sql]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}

/** Milliseconds between two looks whether this server is as far as one that gave a token, at first, at most, and for how long. */
const [AGAIN, RARELY] = [10, 200]
const PATIENCE = 5000

/** Another server may be a moment ahead, and this one in the middle of a look: what was told by either must not be told again. */
async function whenReached<T>({hub}: Server, token: string | undefined, work: () => T): Promise<T> {
  const isKnown = () => token === undefined || !isShared(token) || hub.feed.since(token) || isBehind(token, hub.token)
  const until = performance.now() + PATIENCE
  let looked: string | undefined
  for (let wait = AGAIN; ; wait = Math.min(2 * wait, RARELY)) {
    const look = () => {
      looked = hub.token
      return isKnown() || performance.now() > until ? {result: work()} : undefined
    }
    // who waits for what never comes is not to cost others anything
    const done = looked === hub.token && performance.now() <= until ? undefined : await hub.between(look)
    if (done) return done.result
    await sleep(wait)
  }
}

/** undefined: it is gone. */
async function readBefore(server: Server, token: string, told: string): Promise<readonly Batch[] | undefined> {
  if (!isQueued(token) || !isQueued(told) || !isBehind(token, told)) return undefined
  try {
    return await server.missed.read(token, told)
  } catch (error) {
    if (error instanceof PgextError && error.code === 'events-gone') return undefined
    throw error
  }
}

/** By another token of the same person: false where its viewer may not see it. */
async function renew(server: Server, subscription: Subscription, viewer: Viewer): Promise<boolean> {
  const {hub, sight} = server
  const {schema, table} = subscription.view.access
  const access = await sight.join({schema, table}, viewer)
  if (!access) return false
  return hub.between(() => {
    const now = sight.access(access.relid, viewer)
    if (!now || subscription.isOver) {
      sight.leave(access.relid, viewer)
      return subscription.isOver
    }
    hub.leave(subscription)
    subscription.view = hub.desk.enter({...subscription.view.wish, viewer}, now, hub.listed(access.relid))
    subscription.view.subscriptions.add(subscription)
    return true
  })
}

export const Subscribing = {open, renew}

async function wishOf(server: Server, access: Access, viewer: Viewer, {columns, filter}: Wanted): Promise<View['wish']> {
  const {hub, side, filters} = server
  await hub.sieve.declare(side)
  const listed = hub.listed(access.relid)
  const visible = new Set([...access.columns].filter((name) => listed?.has(name) ?? true))
  const hidden = columns?.find((name) => !visible.has(name))
  if (hidden !== undefined) throw new PgextError('usage', `there is no column ${JSON.stringify(hidden)}`)
  const {relid, schema, table} = access
  return {
    viewer,
    ...(columns && {columns}),
    // what pg_events does not list is as if it were not there
    ...(filter && {
      filter:
        hub.desk.filterOf(relid, filter, visible) ??
        (await Filter.read(filters, {relid, schema, table, columns: visible}, filter)),
    }),
  }
}

async function snapshot(
  server: Server,
  socket: Socket,
  subscription: Subscription,
  {told, token}: {told: readonly string[]; token: string},
): Promise<void> {
  const {hub, seats} = server
  const {view, id} = subscription
  const declared = hub.sieve.declared?.tables.get(view.access.relid)?.filter?.sql
  // of what is withdrawn meanwhile nothing more is shown
  const isWanted = () => !subscription.isOver && !subscription.isInterrupted
  const take = async (rows: readonly string[], last: boolean, skip: Skip) => {
    if (!isWanted()) return false
    const end = last ? `,"token":${JSON.stringify(skip.mark(token))}` : ''
    socket.outbox.text(`{"type":"snapshot","id":${JSON.stringify(id)},"rows":[${rows.join(',')}],"last":${last}${end}}`)
    return (await socket.outbox.room(() => seats.isWanted)) && isWanted()
  }
  const skip = await readSnapshot(view, {seats, told, take, ...(declared && {declared})})
  subscription.release([], skip)
}

/** `sales.order`, or a table of schema public; each part may stand in quotes. */
function tableOf(name: string): {schema: string; table: string} {
  const parts = [...name.matchAll(/"((?:[^"]|"")+)"|([^."]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  )
  return parts.length === 2
    ? {schema: parts[0]!, table: parts[1]!}
    : {schema: 'public', table: parts.length === 1 ? parts[0]! : name}
}

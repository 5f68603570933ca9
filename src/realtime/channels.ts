// Rules and a viewer in, whether it may listen to a channel, or publish to it, out; and who listens.
import {PgextError} from '../errors.ts'
import type {ChannelRule} from '../project/serve.ts'
import type {Viewer} from './model.ts'
import {frameOf} from './post.ts'
import {isSaid, type Seats} from './seats.ts'

export type Doing = 'listen' | 'publish'

/** Who hears a channel. */
export interface Listener {
  hear(notice: Notice): void
}

/** What was sent to a channel: made a frame once for all who listen under the same id. */
export class Notice {
  readonly #text: string
  readonly #frames = new Map<string, Buffer>()

  /** @param payload JSON text */
  constructor(channel: string, payload: string, token?: string, time?: string) {
    const tail = token === undefined ? '' : `,"token":${JSON.stringify(token)},"time":${JSON.stringify(time)}`
    this.#text = `"channel":${JSON.stringify(channel)},"payload":${payload}${tail}}`
  }

  frame(id: string): Buffer {
    const frame = this.#frames.get(id) ?? frameOf(`{"type":"notify","id":${JSON.stringify(id)},${this.#text}`)
    this.#frames.set(id, frame)
    return frame
  }
}

export class Channels {
  readonly #rules: Readonly<Record<string, ChannelRule>>
  readonly #seats: Seats
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(rules: Readonly<Record<string, ChannelRule>>, seats: Seats) {
    this.#rules = rules
    this.#seats = seats
  }

  /** By a rule of pgext.json, or by function pgext.may_listen (may_publish), which is run as the viewer. Without either nobody may. */
  async may(viewer: Viewer, doing: Doing, channel: string): Promise<boolean> {
    for (const [pattern, rule] of Object.entries(this.#rules))
      if (rolesOf(rule, doing).some((role) => role === '*' || role === viewer.role) && matches(pattern, channel, viewer))
        return true
    try {
      return await this.#seats.as(viewer, async (db) => {
        const [row] = await db.query(`select pgext.may_${doing}($1) is true as may`, [channel])
        return row!.may
      })
    } catch (error) {
      // there is none, it may not be run, or it raises an error: that says no
      if (error instanceof PgextError && isSaid(error)) return false
      throw error
    }
  }

  listen(channel: string, listener: Listener): void {
    this.#listeners.set(channel, (this.#listeners.get(channel) ?? new Set()).add(listener))
  }

  unlisten(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(channel)
  }

  /** @param payload JSON text */
  send(channel: string, payload: string, token?: string, time?: string): void {
    const listeners = this.#listeners.get(channel)
    if (!listeners) return
    const notice = new Notice(channel, payload, token, time)
    for (const listener of listeners) listener.hear(notice)
  }

  /** Whether anybody listens. */
  has(channel: string): boolean {
    return this.#listeners.has(channel)
  }
}

function rolesOf(rule: ChannelRule, doing: Doing): readonly string[] {
  if (typeof rule === 'string') return [rule]
  if (isList(rule)) return rule
  const own = rule[doing] ?? []
  return typeof own === 'string' ? [own] : own
}

const isList = (rule: ChannelRule): rule is readonly string[] => Array.isArray(rule)

/** `*` is any text; `{sub}` is what the viewer's claims say, and nothing where they say nothing. */
function matches(pattern: string, channel: string, {claims}: Viewer): boolean {
  let isKnown = true
  const source = pattern.replace(/\*|\{([\w.-]+)\}|[\\^$.|?+()[\]{}]/g, (found, name?: string) => {
    if (found === '*') return '.*'
    if (name === undefined) return `\\${found}`
    const value = name
      .split('.')
      .reduce<unknown>((inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), claims)
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '') isKnown = false
    return String(value).replace(/[\\^$.*|?+()[\]{}]/g, '\\$&')
  })
  return isKnown && new RegExp(`^${source}$`, 's').test(channel)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

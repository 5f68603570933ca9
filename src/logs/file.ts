// A file in, its bytes out: to its end, or on and on, through files that are put aside and cut off.
import {type FSWatcher, watch} from 'node:fs'
import {type FileHandle, open, stat} from 'node:fs/promises'
import {basename, dirname} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Piece} from './model.ts'

/** bytes read at once */
const PORTION = 256 * 1024
/** milliseconds for which nothing more comes when all is there */
const QUIET = 100
/** milliseconds between two looks where the system tells of changes, and where it does not */
const WATCHED = 1000
const UNWATCHED = 250

export interface FileOptions {
  readonly follow?: boolean
  /** bytes to begin behind */
  readonly from?: number
  readonly signal?: AbortSignal
  /** opened already; closed here */
  readonly opened?: FileHandle
  /** those that the file's content has been put aside to, the newest first: what went there unseen is read, too */
  readonly aside?: readonly string[]
}

/** One that is not there has no bytes; who follows it waits for it. */
export async function* piecesOf(
  path: string,
  {follow = false, from = 0, signal, opened, aside = []}: FileOptions = {},
): AsyncGenerator<Piece> {
  const changes = follow ? new Changes(path, signal) : undefined
  const portion = Buffer.alloc(PORTION)
  let file = opened ?? (await openIfThere(path))
  let at = from
  try {
    while (!signal?.aborted) {
      const {bytesRead} = file ? await file.read(portion, 0, PORTION, at) : {bytesRead: 0}
      if (bytesRead > 0) {
        at += bytesRead
        yield Buffer.from(portion.subarray(0, bytesRead))
        continue
      }
      if (!changes) return
      const now = await stat(path).catch(() => undefined)
      if (file && now && now.ino === (await file.stat()).ino && now.size < at) {
        at = 0
        yield 'over'
        continue
      }
      if (now && (!file || now.ino !== (await file.stat()).ino)) {
        // whoever writes may have opened it before it was put aside
        if (file) yield* lastOf(file, at, aside)
        await file?.close()
        if (file) yield 'over'
        file = await openIfThere(path)
        at = 0
        continue
      }
      if (await changes.come(QUIET)) continue
      yield 'idle'
      await changes.come()
    }
  } finally {
    changes?.close()
    await file?.close()
  }
}

/** What has been written to it since, and whole files that came and went in between. */
async function* lastOf(file: FileHandle, from: number, aside: readonly string[]): AsyncGenerator<Piece> {
  const {ino} = await file.stat()
  let at = from
  for (let isLate = false; ; ) {
    const portion = Buffer.alloc(PORTION)
    const {bytesRead} = await file.read(portion, 0, PORTION, at)
    at += bytesRead
    if (bytesRead > 0) yield portion.subarray(0, bytesRead)
    else if (isLate) break
    else {
      await new Promise((resolve) => setTimeout(resolve, QUIET))
      isLate = true
    }
  }
  const inodes = await Promise.all(aside.map(async (path) => (await stat(path).catch(() => undefined))?.ino))
  const missed = aside.slice(0, Math.max(0, inodes.indexOf(ino))).reverse()
  for (const path of missed) {
    yield 'over'
    yield* piecesOf(path)
  }
}

export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new PgextError('bad-file', `can't read ${path}: ${(error as Error).message}`, {
      hint: 'is it yours to read?',
      cause: error,
    })
  }
}

/** What the system tells of a file's folder; where it tells nothing, the clock. */
class Changes {
  #watcher?: FSWatcher
  #isChanged = false
  #wake = () => {}
  readonly #signal?: AbortSignal

  constructor(path: string, signal?: AbortSignal) {
    this.#signal = signal
    const name = basename(path)
    const wake = () => this.#wake()
    signal?.addEventListener('abort', wake, {once: true})
    try {
      this.#watcher = watch(dirname(path), (_, changed) => {
        if (changed !== null && changed !== name) return
        this.#isChanged = true
        this.#wake()
      })
      this.#watcher.on('error', () => this.close())
    } catch {
      // no folder yet, or too many are watched
    }
  }

  /** Waits for one, so long at most; whether one came. */
  async come(most = this.#watcher ? WATCHED : UNWATCHED): Promise<boolean> {
    if (!this.#isChanged && !this.#signal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, most)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const isChanged = this.#isChanged
    this.#isChanged = false
    return isChanged
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}

// A project in; each time a file of its schema or its functions is saved, what was said is done with it; until somebody stops it.
import {resolve} from 'node:path'
import {performance} from 'node:perf_hooks'
import {watch} from 'chokidar'
import type {Project} from '../project/model.ts'

/** milliseconds: an editor saves in several strokes, and several files at once; of a file's changes within 50, chokidar tells the first alone */
const QUIET = 70

export interface WatchOptions {
  readonly project: Project
  /** once at the start, and after each change */
  readonly work: () => Promise<void>
  readonly failed: (error: unknown) => void
}

/** Ends with the first SIGINT or SIGTERM, when what runs is done. */
export async function watchFiles({project, work, failed}: WatchOptions): Promise<void> {
  const {functions, schema} = project.settings
  const files = [functions, ...schema].map((path) => resolve(project.folder, path))
  const watcher = watch(files, {ignoreInitial: true, ignored: (path, stats) => stats?.isFile() === true && !/\.sql$/i.test(path)})
  let wake = () => {}
  let isStopped = false
  let changed = performance.now()
  let isDue = true
  const stop = () => {
    isStopped = true
    wake()
  }
  const seen = () => {
    changed = performance.now()
    isDue = true
    wake()
  }
  watcher.on('all', seen)
  watcher.on('error', failed)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    await new Promise((ready) => watcher.once('ready', ready as () => void))
    while (!isStopped) {
      const left = isDue ? QUIET - (performance.now() - changed) : Number.POSITIVE_INFINITY
      if (left <= 0) {
        isDue = false
        await work().catch(failed)
        continue
      }
      await new Promise<void>((go) => {
        wake = go
        if (Number.isFinite(left)) setTimeout(go, left)
      })
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
    await watcher.close()
  }
}

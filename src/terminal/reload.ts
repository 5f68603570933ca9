// A folder in; each time that something in it is saved, or the process is told by SIGHUP, what was said is done, one time after the other.
import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {watch} from 'chokidar'

/** milliseconds: an editor saves in several strokes, and several files at once */
const QUIET = 70

export interface Reloading {
  readonly folder: string
  /** also without a signal */
  readonly watch: boolean
  readonly work: () => Promise<void>
  readonly failed: (error: unknown) => void
}

/** @returns what ends it, when what runs is done */
export async function onReload({folder, watch: isWatched, work, failed}: Reloading): Promise<() => Promise<void>> {
  let timer: NodeJS.Timeout | undefined
  let isDue = false
  let running: Promise<void> | undefined
  const run = async () => {
    for (isDue = true; isDue; ) {
      isDue = false
      await work().catch(failed)
    }
    running = undefined
  }
  const told = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (running) isDue = true
      else running = run()
    }, QUIET)
  }
  process.on('SIGHUP', told)
  const watcher = isWatched ? await watching(folder, told, failed) : undefined
  return async () => {
    process.off('SIGHUP', told)
    clearTimeout(timer)
    await watcher?.close()
    await running
  }
}

async function watching(folder: string, told: () => void, failed: (error: unknown) => void) {
  // one that is not there yet is seen by its parent
  const place = existsSync(folder) ? folder : dirname(folder)
  const isOurs = (path: string) => path === place || path === folder || path.startsWith(join(folder, '/'))
  const watcher = watch(place, {
    ignoreInitial: true,
    ignored: (path, stats) => !isOurs(path) || (stats?.isFile() === true && !path.endsWith('.sql')),
  })
  watcher.on('all', told).on('error', failed)
  await new Promise<void>((ready) => watcher.once('ready', ready))
  return watcher
}

// Nothing in, an empty PGlite database as a file out: starting from it takes a third of the time of making it.
import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {brotliDecompress} from 'node:zlib'
import {startPglite, stopPglite} from '../postgres/pglite.ts'
import {writeWhole} from '../whole.ts'
import {cacheFolder} from './home.ts'

/** From this machine's cache, else as it came with pgext, else made: which takes seconds. */
export async function emptyDump(): Promise<Blob> {
  const file = cacheFile(`pglite-${packageVersion()}.tar`)
  if (file && existsSync(file)) return new Blob([readFileSync(file)])
  const content = (await shipped().catch(() => undefined)) ?? (await makeDump())
  if (file) keep(file, content)
  return new Blob([new Uint8Array(content)])
}

export async function makeDump(): Promise<Buffer> {
  const engine = await startPglite()
  await engine.exec('checkpoint')
  const dump = await engine.dumpDataDir('none')
  await stopPglite(engine)
  return Buffer.from(await dump.arrayBuffer())
}

/** Where the build puts it, compressed; one of another PGlite has another name. */
export const shippedFile = (): string =>
  fileURLToPath(new URL(`../../dist/shadow/pglite-${packageVersion()}.tar.br`, import.meta.url))

async function shipped(): Promise<Buffer | undefined> {
  const file = shippedFile()
  return existsSync(file) ? promisify(brotliDecompress)(readFileSync(file)) : undefined
}

function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  return (JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as {version: string}).version
}

/** undefined: nothing can be kept on this machine, so it is made each time. */
function cacheFile(name: string): string | undefined {
  try {
    return join(cacheFolder(), name)
  } catch {
    return undefined
  }
}

/** A full disk costs the next start its speed, not this one its result. */
function keep(file: string, content: Buffer): void {
  try {
    writeWhole(file, content)
  } catch {}
}

// What the engine is to be in; it started, over memory that both threads see, out.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, renameSync, rmdirSync, rmSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {PGlite} from '@electric-sql/pglite'
import {PgextError} from '../../errors.ts'
import {modulesOf} from '../../shadow/pglite.ts'
import type {Setup} from '../model.ts'
import type {Module} from './memory.ts'
import {type Functions, readProgram, shareMemory} from './wasm.ts'

/** As PGlite's own, but for the search_path, which is to be PostgreSQL's, and what makes the start shorter. */
const PARAMETERS = {
  exit_on_error: 'false',
  log_checkpoints: 'false',
  // PostgreSQL's 128 MB are written over once at each start, for 0.1 s; what it has not at hand the system has
  shared_buffers: '32MB',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  max_parallel_maintenance_workers: '0',
}

export interface Engine {
  readonly pglite: PGlite
  readonly module: Module
  /** PostgreSQL's functions by their numbers */
  readonly functions: Functions
}

/** @param said what PostgreSQL writes to its log */
export async function startEngine(setup: Setup, said: (line: string) => void): Promise<Engine> {
  const extensions = await modulesOf(setup.extensions)
  const programs = shareMemory()
  const pgliteWasmModule = readProgram()
  const settings = {...PARAMETERS, max_connections: String(setup.most + 5)}
  const startParams = [
    '--single',
    '-F',
    '-O',
    '-j',
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const open = (folder: string | undefined, dump: Uint8Array | undefined) =>
    PGlite.create({
      pgliteWasmModule,
      extensions,
      startParams: [...startParams, ...(setup.debug > 0 ? ['-d', String(setup.debug)] : [])],
      onStderr: heard(said),
      ...(folder && {dataDir: folder}),
      ...(dump && {loadDataDir: new Blob([dump as Uint8Array<ArrayBuffer>])}),
    })
  try {
    const {folder, dump} = setup
    if (folder && !existsSync(join(folder, 'PG_VERSION'))) {
      await make(folder, async (fresh) => {
        if (!dump || !unpack(dump, fresh)) await (await open(fresh, dump)).close()
      })
    }
    const pglite = await open(folder, folder ? undefined : dump)
    return {pglite, module: pglite.Module as unknown as Module, functions: programs.at(-1)!.exports.__indirect_function_table!}
  } catch (cause) {
    throw new PgextError('engine-missing', `PGlite did not start: ${wordsOf(cause)}`, {
      hint: setup.folder ? `is ${setup.folder} a PGlite folder of this version?` : undefined,
      cause,
    })
  }
}

/** Whole or not at all: a folder with half a database could never be opened. */
async function make(folder: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${folder}.new`
  rmSync(fresh, {recursive: true, force: true})
  mkdirSync(dirname(folder), {recursive: true})
  try {
    await fill(fresh)
  } catch (error) {
    rmSync(fresh, {recursive: true, force: true})
    throw error
  }
  // an empty one may stand there, and nothing else
  if (existsSync(folder)) rmdirSync(folder)
  renameSync(fresh, folder)
}

/** By the system's own program, where there is one: PGlite would have to be started for it, and once more behind it. */
function unpack(dump: Uint8Array, folder: string): boolean {
  mkdirSync(folder, {mode: 0o700})
  const {status} = spawnSync('tar', ['-xf', '-', '-C', folder], {input: dump, stdio: ['pipe', 'ignore', 'ignore']})
  if (status === 0 && existsSync(join(folder, 'PG_VERSION'))) return true
  rmSync(folder, {recursive: true})
  return false
}

/** WASI's numbers, of errors that come from its file system without words. */
const NUMBERS: Readonly<Record<number, string>> = {
  2: 'permission denied',
  51: 'No space left on device',
  63: 'permission denied',
  69: 'read-only file system',
}

function wordsOf(cause: unknown): string {
  if (cause instanceof Error && cause.message) return cause.message
  const {errno, code, message} = (cause ?? {}) as {errno?: number; code?: string; message?: string}
  return message || code || (errno === undefined ? String(cause) : (NUMBERS[errno] ?? `error ${errno} of its file system`))
}

function heard(said: (line: string) => void): (line: string) => boolean {
  return (line) => {
    said(line)
    return false
  }
}

// The folder of pg_events' SQL in; what makes it, what renews it and what leads from one of its versions to the next, out.
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const FOLDER = fileURLToPath(new URL('../../templates/pg_events', import.meta.url))

export interface SqlSource {
  readonly version: string
  /** The statements that make pg_events, in order; schema pgext is there before they run. */
  readonly whole: string
  /** All but the tables: what an upgrade makes anew. */
  readonly functions: string
  /** From one version to another, and what that takes. */
  readonly upgrades: readonly Upgrade[]
}

export interface Upgrade {
  readonly from: string
  readonly to: string
  readonly sql: string
}

export async function readSource(folder = FOLDER): Promise<SqlSource> {
  const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8')
  const names = (await readdir(folder)).filter((name) => /^\d-.*\.sql$/.test(name)).sort()
  const files = await Promise.all(names.map(async (name) => ({name, sql: await read(name)})))
  const textOf = (some: typeof files) => some.map(({sql}) => sql).join('\n')
  return {
    version: /^default_version = '(.+)'$/m.exec(await read('pg_events.control'))![1]!,
    whole: textOf(files),
    functions: textOf(files.filter(({name}) => !name.startsWith('1-'))),
    upgrades: await readUpgrades(join(folder, 'upgrade')),
  }
}

/** There is no such folder before the second version. */
async function readUpgrades(folder: string): Promise<Upgrade[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const found = names.flatMap((name) => {
    const [, from, to] = /^(.+)--(.+)\.sql$/.exec(name) ?? []
    return from && to ? [{name, from, to}] : []
  })
  return Promise.all(found.map(async ({name, from, to}) => ({from, to, sql: await readFile(join(folder, name), 'utf8')})))
}

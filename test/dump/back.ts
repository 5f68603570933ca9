// Files in; what is lost or changed on the way through a dump and back out.
import {compare} from '../../src/diff/compare.ts'
import type {Catalog} from '../../src/diff/model.ts'
import {catalogOf, read} from '../../src/diff/read.ts'
import {unversioned} from '../../src/diff/version.ts'
import {uncheckedBodies} from '../../src/dump/bodies.ts'
import {dump} from '../../src/dump/dump.ts'
import type {DumpOptions} from '../../src/dump/model.ts'
import {isClusterLevel, load} from '../../src/shadow/load.ts'
import type {Shadow, SourceFile} from '../../src/shadow/model.ts'

type Options = Partial<Pick<DumpOptions, 'split' | 'functions'>>

export const WAYS: readonly Options[] = [{}, {split: 'kind', functions: 'one'}, {split: 'schema', functions: 'schema'}]

export async function comesBack(
  files: readonly SourceFile[],
  shadow: Shadow,
  open: () => Promise<Shadow>,
  ways: typeof WAYS = WAYS,
): Promise<string[]> {
  const isolated = await isClusterLevel(files)
  const first = await loaded(files, shadow, open, isolated, new Set())
  const found: string[] = []
  for (const way of ways) {
    const options = {...PLAIN, ...way, roles: first.roles, unchecked: first.unchecked}
    const {files: dumped, catalog} = await dump(first.catalog, options)
    const again = await loaded(dumped, shadow, open, isolated, first.roles).catch((error) => {
      throw new Error(`${error.message}\n${JSON.stringify(error.where)}\n${print(dumped)}`)
    })
    const left = compare(unversioned(again.catalog), catalog)
    if (left.length > 0) {
      const lines = left.map((change) =>
        change.verb === 'alter'
          ? `~ ${change.to.id}\n    is      ${JSON.stringify(change.from.body)}\n    must be ${JSON.stringify(change.to.body)}`
          : change.verb === 'create'
            ? `- ${change.to.id} ${JSON.stringify(change.to.body)}`
            : `+ ${change.from.id} ${JSON.stringify(change.from.body)}`,
      )
      found.push(...lines, print(dumped))
    }
    const {objects, server, unmodelled} = first.catalog
    const second = await dump(catalogOf(new Map([...objects].reverse()), server, unmodelled), options)
    if (print(second.files) !== print(dumped)) found.push('a second dump differs', print(second.files), print(dumped))
  }
  return found
}

export const PLAIN: DumpOptions = {
  split: 'none',
  functions: 'files',
  ownership: 'strict',
  external: {schemas: [], extensions: []},
  ignore: [],
  roles: new Set(),
  unchecked: new Set(),
}

interface Loaded {
  readonly catalog: Catalog
  readonly roles: ReadonlySet<string>
  readonly unchecked: DumpOptions['unchecked']
}

async function loaded(
  files: readonly SourceFile[],
  shadow: Shadow,
  open: () => Promise<Shadow>,
  isolated: boolean,
  known: ReadonlySet<string>,
): Promise<Loaded> {
  const place = isolated ? await open() : shadow
  try {
    const database = await place.create()
    const db = await database.connect()
    try {
      const {rolesCreated} = await load(db, files, {calls: [], rolesMayBeMade: true, isolated})
      const roles = new Set([...known, ...rolesCreated])
      return {catalog: await read(db, roles), roles, unchecked: await uncheckedBodies(db)}
    } finally {
      await db.close()
      await database.drop()
    }
  } finally {
    if (isolated) await place.close()
  }
}

function print(files: readonly SourceFile[]): string {
  return files.map(({path, text}) => `=== ${path}\n${text}`).join('\n')
}

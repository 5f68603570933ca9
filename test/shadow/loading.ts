// Files by name in, what loading them into an empty database told, and the database, out.
import {afterAll, beforeAll} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import type {Db} from '../../src/postgres/db.ts'
import {type LoadOptions, load} from '../../src/shadow/load.ts'
import type {Loaded, Shadow, SourceFile} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const OPTIONS: LoadOptions = {calls: [], rolesMayBeMade: true, isolated: true}

export function shadowed() {
  let shadow: Shadow
  beforeAll(async () => {
    shadow = await openShadow({want: 'native', isolated: true})
  }, 60_000)
  afterAll(() => shadow?.close())

  const loading = async <T>(
    files: Record<string, string>,
    ask: (db: Db, loaded: Loaded) => Promise<T> | T,
    options: Partial<LoadOptions> = {},
  ): Promise<T> => {
    const database = await shadow.create()
    const db = await database.connect()
    try {
      return await ask(db, await load(db, sources(files), {...OPTIONS, ...options}))
    } finally {
      await db.close()
      await database.drop()
    }
  }
  return {
    loading,
    told: (files: Record<string, string>, options: Partial<LoadOptions> = {}) => loading(files, (_, loaded) => loaded, options),
    failure: (files: Record<string, string>, options: Partial<LoadOptions> = {}): Promise<PgextError> =>
      loading(files, () => undefined, options).then(
        () => {
          throw new Error('it loaded')
        },
        (error) => error,
      ),
  }
}

export function sources(files: Record<string, string>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({path, text, holdsFunctions: path.startsWith('functions/')}))
}

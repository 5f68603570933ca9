// A project that is open in; its local database brought to all that the files say, or to its functions alone, out.

import type {Opened} from './opened.ts'
import type {StepOptions} from './step.ts'
import {hashesOf, seed, syncSchema} from './sync.ts'
import type {Turns} from './turns.ts'
import {writeTypes} from './types.ts'

export interface Bringing {
  all(now: Opened): Promise<void>
  functions(now: Opened): Promise<void>
  /** it is as an earlier start left it: nothing of it need be looked at */
  isKnown(now: Opened): Promise<boolean>
  /** it was made anew */
  emptied(): void
}

export function openBringing(options: StepOptions, turns: Turns): Bringing {
  const {database, state, paint, onlooker, version, after} = options
  let {isNew: isEmpty} = database
  /** a hash of what the database was brought to, beside functions; undefined: nobody knows */
  let settled: string | undefined
  const functionsOf = async ({functions, project}: Opened): Promise<{done: boolean; changed: number}> => {
    let done = true
    const changed = await turns.deed(`${project.settings.functions}/`, async () => {
      const found = await functions.sync()
      done = found.done
      if (!done) turns.breaks('functions')
      return done ? found.lines : [paint('red', 'not deployed'), ...found.lines]
    })
    return {done, changed}
  }
  const rowsOf = async ({project, sync}: Opened): Promise<void> => {
    if (!database.isOwn || state.read().isSeeded) return
    const files = await project.seeds()
    await turns.deed(files.map(({path}) => path).join(', '), () => seed(sync))
    state.write({isSeeded: true})
  }
  return {
    async all(now) {
      const {whole, rest} = await hashesOf(now.project, version)
      settled = undefined
      const wasEmpty = isEmpty
      isEmpty = false
      const name = now.project.settings.schema.join(', ')
      const changes = await turns.deed(name, () => syncSchema({...now.sync, isEmpty: wasEmpty}))
      options.tablesAreThere()
      const {done, changed} = await functionsOf(now)
      if (changes + changed > 0) await after('schema')
      await writeTypes(now, onlooker)
      turns.mended(['settings', 'schema', 'migrations', ...(done ? (['functions'] as const) : [])], changes + changed)
      if (!done) return
      await rowsOf(now)
      state.write({synced: whole})
      settled = rest
    },
    async functions(now) {
      const {whole, rest} = await hashesOf(now.project, version)
      const {done, changed} = await functionsOf(now)
      if (!done) return
      if (changed > 0) await after('schema')
      await writeTypes(now, onlooker)
      turns.mended(['functions'], changed)
      // what else the files say may not be there: the next start has to look
      if (rest === settled) state.write({synced: whole})
    },
    async isKnown({project}) {
      if (database.isNew || !database.isOwn) return false
      const hashes = await hashesOf(project, version).catch(() => undefined)
      if (!hashes || state.read().synced !== hashes.whole) return false
      settled = hashes.rest
      return true
    },
    emptied() {
      isEmpty = true
    },
  }
}

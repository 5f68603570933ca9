// The project's seed.sql in, its rows in the database; false when there is no such file.
import {existsSync} from 'node:fs'
import {basename} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {readText} from '../project/text.ts'

export async function runSeed({seedFile}: Project, url: string): Promise<boolean> {
  if (!existsSync(seedFile)) return false
  const shown = basename(seedFile)
  const text = await readText(seedFile, shown)
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  try {
    // people write seeds with bare names
    await db.script('set search_path = public')
    await db.script(text)
  } catch (error) {
    if (!(error instanceof PgextError) || !error.where) throw error
    const {code, message, hint, sqlstate, where} = error
    throw new PgextError(code, message, {hint, sqlstate, cause: error, where: {...where, file: shown}})
  } finally {
    await db.close()
  }
  return true
}

// A name and perhaps a server's URL in; a folder and databases for one bench, made as they are asked for and gone with it, out.
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {connect} from '../dist/postgres/native.js'
import {findBinaries} from '../dist/shadow/binaries.js'
import {startCluster} from '../dist/shadow/cluster.js'
import {timed} from './timing.js'

export const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))

/** Without a URL on the PostgreSQL that pgext brings along. */
export async function openPlace(name, url) {
  const cluster = url ? undefined : await startCluster(binaries())
  const admin = await connect(url ?? cluster.url('postgres'))
  const folder = await mkdtemp(join(tmpdir(), `pgext-${name}-`))
  const made = []
  const full = (database) => `pgext_${name}_${database}`
  const [{version}] = await admin.query('select version()')
  return {
    folder,
    version: version.split(' on ')[0],
    /** its URL */
    async database(database, template) {
      await admin.script(`drop database if exists "${full(database)}" with (force)`)
      await admin.script(`create database "${full(database)}"${template ? ` template "${full(template)}"` : ''}`)
      made.push(full(database))
      return cluster ? cluster.url(full(database)) : Object.assign(new URL(url), {pathname: `/${full(database)}`}).href
    },
    async close() {
      for (const one of made) await admin.script(`drop database if exists "${one}" with (force)`).catch(() => {})
      await admin.close()
      await cluster?.close()
      await rm(folder, {recursive: true, force: true})
    },
  }
}

/** What one process of pgext takes on that database. */
export function pgext(url, args) {
  return timed(process.execPath, [RUN, ...args], {env: {...process.env, DATABASE_URL: url}})
}

function binaries() {
  const found = findBinaries(18)
  if (!found) throw new Error('the embedded PostgreSQL is missing: npm install --include=optional, or give --url')
  return found
}

// The SQL of pg_events, and of its releases, in; what of it changed without a new version, or leads from no release to this one, out.
//
// Databases have what was released: it changes in a new version alone, with a way to it from the one before. A release is frozen, once, by
// PGEXT_FREEZE=1 npx vitest run test/events/released.test.ts
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {extensionFiles} from '../../bin/pg_events.js'
import {FOLDER, readSource} from '../../src/events/source.ts'
import {wayOf} from '../../src/events/upgrade.ts'

const RELEASED = join(import.meta.dirname, 'released')

/** As they are kept: what makes a version as SQL that needs no psql, and each step from one to the next, without the functions that follow it. */
function frozen(source: string): Map<string, string> {
  const {version, files} = extensionFiles(source)
  const name = `pg_events--${version}.sql`
  const upgrades = readdirSync(join(source, 'upgrade')).map(
    (step) => [step, readFileSync(join(source, 'upgrade', step), 'utf8')] as const,
  )
  return new Map([[name, files[name]!.replace(/^\\echo .*\n/, '')], ...upgrades])
}

async function faults(source: string, released: string): Promise<string[]> {
  const now = frozen(source)
  const sql = await readSource(source)
  const found: string[] = []
  for (const name of readdirSync(released)) {
    const [, version] = /^pg_events--(.+)\.sql$/.exec(name) ?? []
    const [was, is] = [readFileSync(join(released, name), 'utf8'), now.get(name)]
    if (is === undefined ? !version : is !== was)
      found.push(`${name} was released, and is not what it was: a new version it takes`)
    try {
      if (version) wayOf(version, sql)
    } catch {
      found.push(`no way leads from ${version} to ${sql.version}: upgrade/${version}--${sql.version}.sql is missing`)
    }
  }
  return found
}

test.runIf(process.env.PGEXT_FREEZE)('a release is frozen', () => {
  for (const [name, text] of frozen(FOLDER)) writeFileSync(join(RELEASED, name), text, {flag: 'w'})
})

test('what was released is as it was, and leads here', async () => {
  expect(await faults(FOLDER, RELEASED)).toEqual([])
})

test('what would not be, is found', async () => {
  const [source, released] = ['source', 'released'].map((name) => mkdtempSync(join(tmpdir(), `pgext-${name}-`))) as [
    string,
    string,
  ]
  cpSync(FOLDER, source, {recursive: true})
  for (const [name, text] of frozen(source)) writeFileSync(join(released, name), text)
  const {version, upgrades} = await readSource(source)
  expect(await faults(source, released)).toEqual([])
  const change = (name: string, by: (text: string) => string) =>
    writeFileSync(join(source, name), by(readFileSync(join(source, name), 'utf8')))
  change('5-read.sql', (text) => `${text}-- more\n`)
  change(`upgrade/${upgrades[0]!.from}--${upgrades[0]!.to}.sql`, (text) => `${text}-- more\n`)
  expect((await faults(source, released)).map((text) => text.split(' ')[0])).toEqual([
    `${upgrades[0]!.from}--${upgrades[0]!.to}.sql`,
    `pg_events--${version}.sql`,
  ])
  cpSync(join(FOLDER, 'upgrade'), join(source, 'upgrade'), {recursive: true})
  change('pg_events.control', (text) => text.replace(`'${version}'`, `'${version}1'`))
  expect(await faults(source, released)).toEqual([
    `no way leads from ${version} to ${version}1: upgrade/${version}--${version}1.sql is missing`,
  ])
  for (const folder of [source, released]) rmSync(folder, {recursive: true})
})

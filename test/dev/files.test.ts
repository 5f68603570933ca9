// A project's folder in, what is told of changes to its files out: once, whole, and nothing after its end.
import {closeSync, openSync, readFileSync, writeSync} from 'node:fs'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type FileKind, watchProject} from '../../src/dev/files.ts'
import {reading} from '../../src/dev/written.ts'
import {openProject} from '../../src/project/open.ts'

let folder: string
let schema: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-files-'))
  schema = join(folder, 'schema.sql')
  await writeFile(join(folder, 'pgext.json'), '{}')
  await writeFile(schema, 'create table a ();')
})
afterEach(() => rm(folder, {recursive: true}))

async function watched(seen: (kinds: ReadonlySet<FileKind>) => void) {
  return watchProject(await openProject(folder), async (kinds) => seen(kinds))
}

const soon = <T>(look: () => T) => expect.poll(look, {timeout: 10_000, interval: 20})

test('a file that is emptied first and written then is looked at when it is written', async () => {
  const texts: string[] = []
  const watcher = await watched(() => texts.push(readFileSync(schema, 'utf8')))
  const file = openSync(schema, 'w')
  await sleep(300)
  writeSync(file, 'create table b ();')
  closeSync(file)
  await soon(() => texts.at(-1)).toBe('create table b ();')
  expect(texts).not.toContain('')
  await writeFile(schema, '')
  await soon(() => texts.at(-1)).toBe('')
  await watcher.close()
})

test('what is read while somebody saves is read when it is written', async () => {
  const project = reading(await openProject(folder))
  const file = openSync(schema, 'w')
  const read = project.sources()
  await sleep(200)
  writeSync(file, 'create table b ();')
  closeSync(file)
  expect((await read).map(({text}) => text)).toEqual(['create table b ();'])
  await writeFile(schema, '')
  expect((await project.sources()).map(({text}) => text)).toEqual([''])
})

test('settings that name other folders, and an end meanwhile: nothing is told any more', async () => {
  const seen: FileKind[] = []
  const watcher = await watched((kinds) => seen.push(...kinds))
  await mkdir(join(folder, 'other'))
  await writeFile(join(folder, 'pgext.json'), JSON.stringify({functions: 'other'}))
  await soon(() => seen).toContain('settings')
  const following = watcher.follow(await openProject(folder))
  await watcher.close()
  await following
  seen.length = 0
  await writeFile(join(folder, 'other/f.sql'), 'select 1')
  await sleep(200)
  expect(seen).toEqual([])
})

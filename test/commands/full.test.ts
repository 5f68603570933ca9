// A disk without room in; commands that say so, and files that are as they were, out.
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {pgext} from './run.ts'
import {openSite, Project, type Site} from './site.ts'

const place = mkdtempSync(join(tmpdir(), 'pgext-full-'))
const isMounted = mount()
if (!isMounted) console.log('skipped: no small disk can be mounted here, which takes root on Linux')

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'tmpfs', place], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}

/** Not a byte is left. */
function fill(): void {
  for (const size of [1 << 20, 4096])
    try {
      for (let n = 0; n < 5000; n++) writeFileSync(join(place, `fill-${size}-${n}`), Buffer.alloc(size))
    } catch {}
}
const free = () => {
  for (const name of readdirSync(place)) if (name.startsWith('fill-')) rmSync(join(place, name))
}

let site: Site
beforeAll(async () => {
  if (isMounted) site = await openSite()
})
afterAll(async () => {
  await site?.close()
  if (isMounted) execFileSync('umount', ['-l', place])
  rmSync(place, {recursive: true, force: true})
})

describe.skipIf(!isMounted)('a full disk', () => {
  test('loses no file, and is said; with room again the same command goes on', async () => {
    const {url} = await site.project('full', {})
    const app = new Project(join(place, 'app'), url)
    const schema = 'create table note (id int primary key);\n'
    await app.write({'schema.sql': schema, 'pgext.json': '{"types": "types.ts"}\n'})
    await app.ends(0, 'migrate', '--name', 'first', '--yes')
    await app.ends(0, 'types')
    await app.write({'schema.sql': schema.replace(');', ', body text);')})
    const files = async () =>
      Object.fromEntries(
        await Promise.all(
          readdirSync(app.folder, {recursive: true, withFileTypes: true})
            .filter((one) => one.isFile())
            .map(async (one) => {
              const name = join(one.parentPath, one.name).slice(app.folder.length + 1)
              return [name, await app.read(name)] as const
            }),
        ),
      )
    const before = await files()
    fill()
    for (const command of [
      'migrate:new second',
      'migrate --name second --yes',
      'types',
      'dump --force',
      'migrate:new empty --empty',
    ]) {
      const said = await app.fails(...command.split(' '))
      expect(said, command).toMatch(/no space left|disk is full/)
      expect(await files(), command).toEqual(before)
    }
    expect(await app.ask("select count(*)::int as n from information_schema.columns where table_name = 'note'")).toEqual([{n: 1}])
    const dev = await pgext(['dev', '--json'], {cwd: app.folder})
    expect([dev.code, dev.out + dev.err]).toEqual([1, expect.stringContaining('the disk is full')])
    free()
    await app.ends(0, 'migrate', '--name', 'second', '--yes')
    await app.ends(0, 'types')
    expect(await app.read('types.ts')).toContain('body')
  })
})

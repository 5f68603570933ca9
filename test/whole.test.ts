// Files, links and folders in; that what is written to them is there whole, and is what it was beside its content, out.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Worker} from 'node:worker_threads'
import {afterAll, expect, test} from 'vitest'
import {writeWhole} from '../src/whole.ts'

const place = mkdtempSync(join(tmpdir(), 'pgext-whole-'))
afterAll(() => rmSync(place, {recursive: true, force: true}))
const modeOf = (path: string) => statSync(path).mode & 0o777

test('a file keeps its mode, a link leads where it led, and one that is to be private is', () => {
  const [file, link] = [join(place, 'file'), join(place, 'link')]
  writeFileSync(file, 'before')
  chmodSync(file, 0o664)
  symlinkSync(file, link)
  writeWhole(link, 'after')
  expect([readFileSync(file, 'utf8'), modeOf(file), lstatSync(link).isSymbolicLink()]).toEqual(['after', 0o664, true])
  writeWhole(file, 'secret', {mode: 0o600})
  expect([readFileSync(file, 'utf8'), modeOf(file)]).toEqual(['secret', 0o600])
  writeWhole(join(place, 'new'), 'new', {mode: 0o600})
  expect(modeOf(join(place, 'new'))).toBe(0o600)
})

test('what can not be written leaves what was there, and nothing beside it', () => {
  const folder = join(place, 'taken')
  mkdirSync(join(folder, 'here'), {recursive: true})
  // a folder is no file
  expect(() => writeWhole(join(folder, 'here'), 'text')).toThrow(/EISDIR|EPERM|ENOTEMPTY|EEXIST/)
  expect(() => writeWhole(join(place, 'nowhere/file'), 'text')).toThrow(/ENOENT/)
  expect(readdirSync(folder)).toEqual(['here'])
})

test('of many threads that write at once, one has written all of it', async () => {
  const file = join(place, 'shared')
  const code = `import {writeWhole} from ${JSON.stringify(new URL('../dist/whole.js', import.meta.url).href)}
    import {workerData} from 'node:worker_threads'
    for (let n = 0; n < 50; n++) writeWhole(${JSON.stringify(file)}, String(workerData).repeat(100_000))`
  const workers = [1, 2, 3].map((n) => new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {workerData: n}))
  await Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))))
  expect(readFileSync(file, 'utf8')).toMatch(/^(1{100000}|2{100000}|3{100000})$/)
  expect(readdirSync(place).filter((name) => name.startsWith('.shared'))).toEqual([])
})

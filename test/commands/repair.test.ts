// A journal that does not fit the files: what is wrong is listed, and only what somebody names is mended.
import {spawn, spawnSync} from 'node:child_process'
import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {adoptMigrations} from '../../src/migrations/draft.ts'
import {readMigrations} from '../../src/migrations/file.ts'
import {readJournal} from '../../src/migrations/journal.ts'
import {mendJournal} from '../../src/migrations/mend.ts'
import {connect} from '../../src/postgres/native.ts'
import {openSite, type Project, type Site} from './site.ts'

const V = ['20240101T000000', '20240102T000000', '20240103T000000', '20240104T000000']
const FILES = {
  'schema.sql': 'create table a (id int primary key, b int, c int);\ncreate index a_b on a (b);\n',
  [`migrations/${V[0]}_one.sql`]: 'create table a (id int primary key);\n',
  [`migrations/${V[1]}_two.sql`]: 'alter table a add b int;\n',
  [`migrations/${V[2]}_three.sql`]: 'create index concurrently a_b on a (b);\n',
}

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('repair', FILES)
  await project.write({[`migrations/${V[3]}_four.sql`]: 'alter table a add c int;\n'})
  await project.ends(0, 'migrate', '--yes')
})
afterAll(() => site?.close())

const rows = () => project.ask('select version, finished, checksum from pgext.migration order by 1')

test('a journal that fits needs nothing', async () => {
  expect((await project.ends(0, 'migrate:repair')).out).toContain('nothing is to be mended')
})

test('edited, gone and cut off: each is said, and mended alone, by name', async () => {
  await writeFile(join(project.folder, `migrations/${V[0]}_one.sql`), `-- the first\n${FILES[`migrations/${V[0]}_one.sql`]}`)
  await rm(join(project.folder, `migrations/${V[3]}_four.sql`))
  await project.ask(`update pgext.migration set finished = false where version = '${V[2]}';
    update pgext.migration_block set state = 'begun' where version = '${V[2]}'`)
  const {out} = await project.ends(2, 'migrate:repair')
  expect(out).toContain(`changed ${V[0]}_one.sql`)
  expect(out).toContain(
    `begun ${V[2]}_three.sql: line 1 began outside a transaction, and nobody saw it end; the catalogs say that it took effect`,
  )
  expect(out).toContain(
    `missing ${V[3]}_four.sql: it is applied, and its file is gone; git log --diff-filter=D -- 'migrations/${V[3]}_*.sql'`,
  )
  const before = await rows()
  expect(await project.fails('migrate:repair', '--forget', V[0]!)).toContain('which --accept would mend')
  await project.ends(0, 'migrate:repair', '--accept', V[0]!, '--dry-run')
  expect(await rows()).toEqual(before)
  // one of several is left: that is told
  await project.ends(2, 'migrate:repair', '--accept', V[0]!, '--done', V[2]!)
  await project.ends(0, 'migrate:repair', '--forget', V[3]!)
  expect((await rows()).map(({version, finished}) => [version, finished])).toEqual(V.slice(0, 3).map((one) => [one, true]))
  await project.ends(0, 'migrate:status')
})

test('what is there already is taken as applied only where the database shows it', async () => {
  await project.write({[`migrations/${V[3]}_four.sql`]: 'alter table a add c bigint;\n'})
  expect(await project.fails('migrate:repair', '--applied', V[3]!)).toContain('column public.a.c')
  await project.write({[`migrations/${V[3]}_four.sql`]: 'alter table a add c int;\n'})
  const {out} = await project.ends(0, 'migrate:repair', '--applied', V[3]!)
  expect(out).toContain(`mended ${V[3]}_four.sql`)
  await project.ends(0, 'migrate', '--dry-run')
})

test('one that is half applied, and edited in what is done of it, goes on once somebody says that it is right', async () => {
  const half = await site.project('repair_half', {'schema.sql': 'create table h (id int);\ncreate table i (id int);\n'})
  const file = `migrations/${V[0]}_half.sql`
  const text = (first: string, last: string) => ({[file]: `set lock_timeout = 0;\ncreate table h (${first});\n${last}\n`})
  const fails = `do $$ begin if current_database() = 'repair_half' then raise 'not here'; end if; end $$;`
  await half.write(text('id int', `${fails}\ncreate table i (id int);`))
  await half.ends(1, 'migrate', '--yes')
  // what stands before it now may be what nobody has run
  await half.write({[file]: `select 1;\n${text('id int', 'create table i (id int);')[file]}`})
  const moved = await half.ends(2, 'migrate:repair')
  expect(moved.out).toContain('bring the file back as it was')
  expect(moved.out).not.toContain('--accept')
  expect(await half.fails('migrate:repair', '--accept', V[0]!)).toContain('which --applied would mend')
  await half.write(text('id integer', 'create table i (id int);'))
  expect(await half.fails('migrate', '--yes')).toContain('edited where it was applied already (line 2)')
  const {out} = await half.ends(2, 'migrate:repair')
  expect(out).toContain('what it had done by then was edited since (line 2), so that pgext migrate does not go on')
  expect(out).toContain(`--accept ${V[0]}  what is done of it is right as the file has it now`)
  await half.ends(2, 'migrate:repair', '--accept', V[0]!)
  expect((await half.ends(0, 'migrate', '--yes')).out).toContain('applied')
  await half.ends(0, 'migrate:status')
  await half.ends(0, 'diff')
})

const hasTerminal = spawnSync('script', ['--version']).status === 0

test.skipIf(!hasTerminal)('on a terminal each is asked about, and what is left as it is stays', async () => {
  const asked = await site.project('repair_asked', {
    [`migrations/${V[0]}_one.sql`]: 'create table a (id int);\n',
    [`migrations/${V[1]}_two.sql`]: 'create table b (id int);\n',
    'schema.sql': 'create table a (id int);\ncreate table b (id int);\n',
  })
  await asked.ends(0, 'migrate', '--yes')
  for (const [at, name] of ['one', 'two'].entries())
    await asked.write({[`migrations/${V[at]}_${name}.sql`]: `-- edited\ncreate table ${'ab'[at]} (id int);\n`})
  const {CI, ...rest} = process.env
  const command = [process.execPath, RUN, 'migrate:repair'].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], {cwd: asked.folder, env: {...rest, DATABASE_URL: asked.url}})
  let said = ''
  const answers = [
    {at: '_one.sql: its file was edited', keys: '\r'},
    {at: '_two.sql: its file was edited', keys: '\x1b[B'},
    {at: '❯ its file is right', keys: '\r'},
  ]
  child.stdout.on('data', (chunk) => {
    said += chunk
    if (answers[0] && said.includes(answers[0].at)) child.stdin.write(answers.shift()!.keys)
  })
  expect(await new Promise((resolve) => child.once('close', resolve)), said).toBe(2)
  expect(said).toMatch(/mended.* 20240102T000000_two\.sql/)
  const {out} = await asked.ends(2, 'migrate:repair', '--json')
  expect(JSON.parse(out).found).toMatchObject([{version: V[0], kind: 'changed'}])
})

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

test('nothing is written where the journal is another by now', async () => {
  const db = await connect(project.url)
  const seen = await readJournal(db)
  await project.ask(`update pgext.migration set milliseconds = milliseconds + 1 where version = '${V[0]}'`)
  const before = await rows()
  const [one] = await readMigrations(join(project.folder, 'migrations'))
  const forget = mendJournal(db, [{verb: 'forget', version: V[0]!}], seen)
  await expect(forget).rejects.toMatchObject({code: 'target-moved'})
  await expect(adoptMigrations(db, [{...one!, version: '20250101T000000'}], {}, seen)).rejects.toMatchObject({
    code: 'target-moved',
  })
  expect(await rows()).toEqual(before)
  await db.close()
})

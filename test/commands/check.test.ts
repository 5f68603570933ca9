// A project's files checked by the command itself: fine, or what is to be mended, where it stands.
import {execFileSync} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {cp, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {check} from '../../src/check/check.ts'
import {givenOf} from '../../src/check/given.ts'
import {readMigrations} from '../../src/migrations/file.ts'
import {writeSum} from '../../src/migrations/sum.ts'
import {connect} from '../../src/postgres/native.ts'
import {openProject} from '../../src/project/open.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {openWalk} from '../../src/walk/open.ts'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

const SCHEMA = `CREATE TABLE public.notes (
  id int PRIMARY KEY,
  body text NOT NULL,
  made timestamp NOT NULL DEFAULT now()
);
`
const FIRST = 'migrations/20260101T000000_first.sql'

const NOWHERE = 'postgres://nobody@127.0.0.1:9/none'
const SUM = 'migrations/pgext.sum'

/** Writes files, and the sum of the migrations as they are then. */
async function put(one: Project, files: Record<string, string>): Promise<void> {
  await one.write(files)
  const folder = join(one.folder, 'migrations')
  await writeSum(folder, await readMigrations(folder))
}

/** A project whose database can't be reached: nothing here needs one. Most make their shadows on the server that is there. */
async function project(name: string, files: Record<string, string> = {}): Promise<Project> {
  const env = `SHADOW_DATABASE_URL=${site.url('postgres')}\n`
  const one = await site.project(name, {}, NOWHERE)
  await put(one, {'schema.sql': SCHEMA, [FIRST]: SCHEMA, '.env': env, ...files})
  return one
}

interface Found {
  readonly fine: boolean
  readonly unchanged: boolean
  readonly notes: string[]
  readonly findings: {
    level: string
    code: string
    message: string
    hint?: string
    where?: {file: string; line: number; column: number}
    sql?: {back: string[]; keep: string[]}
  }[]
}

async function checked(one: Project, code: number, ...args: string[]): Promise<Found> {
  return JSON.parse((await one.ends(code, 'check', '--json', ...args)).out)
}

const told = ({findings}: Found): string[] =>
  findings.map(({code, where}) => (where ? `${code} ${where.file}:${where.line}:${where.column}` : code))

describe('templates', () => {
  test.each(['todo', 'minimal'])('%s is fine once its first migration is written', async (template) => {
    // the one makes roles, which somebody's server would have to have
    const env = template === 'todo' ? '' : `SHADOW_DATABASE_URL=${site.url('postgres')}\n`
    const one = await site.project(`check_${template}`, {'.env': env}, NOWHERE)
    await cp(join(import.meta.dirname, '../../templates', template), one.folder, {recursive: true})
    await one.ends(0, 'migrate:new', 'first')
    const {findings} = await checked(one, 0)
    expect(findings).toEqual([])
  })
})

describe('a project', () => {
  test('that is fine is said to be in a line, and again from what is known', async () => {
    const one = await project('check_fine', {'.env': ''})
    const {out, err} = await one.ends(0, 'check')
    expect(out).toMatch(/^fine: 1 file and 1 migration \(\d+\.\d+ s(, nothing had changed)?\)\n$/)
    expect(err.replace(/^· .*\n/gm, '')).toBe('')
    expect(await checked(one, 0)).toMatchObject({fine: true, unchanged: true, findings: []})
    expect((await checked(one, 0, '--no-cache')).unchanged).toBe(false)
  })

  test('is told what no migration says, until one does', async () => {
    const one = await project('check_behind', {'schema.sql': `${SCHEMA}CREATE TABLE public.more (a int);\n`})
    const found = await checked(one, 2)
    expect(found.findings).toMatchObject([{level: 'error', code: 'uncovered', hint: 'pgext migrate:new NAME writes it'}])
    expect(found.findings[0]!.message).toContain('+ table public.more')
    expect(found.findings[0]!.where).toEqual({file: 'schema.sql', line: 6, column: 1})
    expect((await checked(one, 2)).unchanged).toBe(true)
    await put(one, {'migrations/20260102T000000_more.sql': 'CREATE TABLE public.more (a int);'})
    expect(await checked(one, 0)).toMatchObject({unchanged: false, findings: []})
  })

  test('is told at the line what does not load, and what was not looked at then', async () => {
    const one = await project('check_broken', {
      'schema.sql': `${SCHEMA}CREATE VIEW public.v AS SELECT nothing FROM public.notes;\n`,
    })
    const found = await checked(one, 2)
    expect(told(found)).toEqual(['bad-sql schema.sql:6:32'])
    expect(found.notes.join()).toContain('not looked at, until that is mended: function bodies, whether the migrations give')
    const github = await one.ends(2, 'check', '--format', 'github')
    expect(github.out).toMatch(
      /^::error file=.*schema\.sql,line=6,col=32,title=pgext%3A bad-sql::column "nothing" does not exist/,
    )
  })

  test('that does not load is told the same each time', async () => {
    const files = {'schema.sql': `${SCHEMA}CREATE VIEW public.v AS SELECT nothing FROM public.notes;\n`}
    const drop = {'migrations/20260102T000000_drop.sql': 'DROP TABLE public.notes;\n'}
    const one = await project('check_again', {...files, ...drop, '.env': ''})
    const first = await checked(one, 2)
    for (const again of [await checked(one, 2), await checked(one, 2)]) expect(again).toEqual({...first, unchanged: true})
  })

  test('whose files change while they are looked at is not remembered by what they were', async () => {
    const text = `${SCHEMA}CREATE TABLE public.more (a int);\n-- ${randomUUID()}\n`
    const one = await project('check_moved', {'schema.sql': text})
    const opened = await openProject(one.folder)
    const given = await givenOf(opened)
    const walk = await openWalk(given.project)
    const asked = (meanwhile: string) =>
      check(given, {
        remembers: true,
        again: () => givenOf(opened),
        walk: async () => {
          await one.write({'schema.sql': meanwhile})
          return walk
        },
      })
    expect((await asked(SCHEMA)).notes.join()).toContain('changed while they were looked at')
    expect((await asked(text)).findings).toMatchObject([{code: 'uncovered'}])
    expect(await asked(SCHEMA)).toMatchObject({unchanged: true, findings: [{code: 'uncovered'}]})
    await walk.close()
  })

  test('that fails on a server of somebody is asked again: what it lacked may be there', async () => {
    const role = `check_later_${process.pid}`
    const grant = `DO $$ BEGIN EXECUTE 'GRANT SELECT ON public.notes TO ${role}'; END $$;\n`
    const one = await project('check_later', {[FIRST]: `${SCHEMA}${grant}`})
    expect((await checked(one, 2)).findings).toMatchObject([{message: expect.stringContaining(role)}])
    const db = await connect(site.url('postgres'))
    await db.script(`create role ${role}`).finally(() => db.close())
    expect((await checked(one, 0)).findings).toEqual([])
  })

  test('is told what is wrong in a body, at its line', async () => {
    const one = await project('check_body', {
      'functions/count_notes.sql':
        'CREATE FUNCTION public.count_notes() RETURNS bigint LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN (SELECT count(missing) FROM public.notes);\nEND $$;\n',
    })
    const found = await checked(one, 2)
    expect(told(found)).toEqual(['statement functions/count_notes.sql:3:24'])
    const {out} = await one.ends(2, 'check')
    expect(out).toContain('\n                           ^\n')
  })

  test('that can not be looked at is not fine', async () => {
    const one = await project('check_blind', {'.env': '', 'pgext.json': '{"shadow": "target"}'})
    const {err} = await one.ends(1, 'check')
    expect(err).toMatch(/^error: there is no PostgreSQL to make shadow databases on/m)
    // and is not remembered to be anything
    await put(one, {'pgext.json': '{}'})
    expect((await checked(one, 0)).fine).toBe(true)
  })
})

test('what no migration says is annotated where it is written, each at its line', async () => {
  const files = {
    'schema.sql': `CREATE TABLE "No tes" (\n  id int PRIMARY KEY,\n  "Bo dy" text,\n  CONSTRAINT "od""d" CHECK (id > 0));\nCREATE INDEX named ON "No tes" (id);\n`,
    [FIRST]: 'CREATE TABLE "No tes" (id int PRIMARY KEY, gone int);\nCREATE TABLE old (a int);\n',
    'functions/f.sql': 'CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n',
    'pgext.json': '{"functions": "versioned"}',
  }
  const one = await project('check_places', files)
  const {out} = await one.ends(2, 'check', '--format', 'github')
  const places = [...out.matchAll(/^::error file=(?:.*\/)?check_places\/([^,]*),line=(\d+),col=(\d+),[^:]*::(.*)$/gm)]
  const told = places.map(([, file, line, column, message]) => [file, line, column, /%0A {2}(.*?)%0Apgext/.exec(message!)?.[1]])
  expect(told.sort()).toEqual([
    ['functions/f.sql', '1', '1', '+ function public.one()'],
    [FIRST, '2', '1', '- table public.old'],
    ['schema.sql', '1', '1', '- column public."No tes".gone'],
    ['schema.sql', '3', '3', '+ column public."No tes"."Bo dy"'],
    ['schema.sql', '4', '3', '+ constraint public."No tes"."od""d"'],
    ['schema.sql', '5', '1', '+ index public.named'],
  ])
})

describe('the major version of the databases', () => {
  const VIRTUAL = 'CREATE TABLE public.twice (id int PRIMARY KEY, two int GENERATED ALWAYS AS (id * 2) VIRTUAL);\n'

  test.skipIf(!findBinaries(15))('is what pgext.json says, and the files are tried on it', async () => {
    const files = {'schema.sql': VIRTUAL, [FIRST]: VIRTUAL, '.env': ''}
    const one = await project('check_major', {...files, 'pgext.json': '{"dev": {"major": 15}}'})
    expect(told(await checked(one, 2))).toEqual(['bad-sql schema.sql:1:85'])
    await one.write({'pgext.json': '{"dev": {"major": 18}}'})
    expect((await checked(one, 0)).findings).toEqual([])
  })

  test('that is not here is said, each time', async () => {
    const one = await project('check_other_major', {'pgext.json': '{"dev": {"major": 16}}'})
    for (let times = 0; times < 2; times++) {
      const found = await checked(one, 0)
      expect(found).toMatchObject({fine: true, unchanged: times === 1, findings: [{level: 'warning', code: 'other-major'}]})
      expect(found.findings[0]!.hint).toContain('SHADOW_DATABASE_URL')
    }
  })
})

describe('the order of migrations', () => {
  test('is that of pgext.sum', async () => {
    const second = 'migrations/20260102T000000_second.sql'
    const one = await project('check_order', {[second]: 'SELECT 1;\n'})
    expect(await checked(one, 0)).toMatchObject({findings: []})
    await one.write({[second]: 'SELECT 2;\n', 'migrations/20260103T000000_third.sql': 'SELECT 3;\n'})
    expect(told(await checked(one, 2))).toEqual([
      `sum-changed ${second}:1:1`,
      'sum-unlisted migrations/20260103T000000_third.sql:1:1',
    ])
    await rm(join(one.folder, second))
    expect(told(await checked(one, 2))).toContain(`sum-missing ${SUM}:3:1`)
    await one.write({[SUM]: '<<<<<<< mine\n'})
    const {findings} = await checked(one, 2)
    expect(findings).toMatchObject([{code: 'sum', hint: 'pgext migrate:rebase puts them in order', where: {file: SUM, line: 1}}])
    await rm(join(one.folder, SUM))
    expect((await checked(one, 0)).findings).toMatchObject([
      {level: 'warning', code: 'sum-lacking', hint: 'pgext migrate:sum writes it'},
    ])
    await one.write({'migrations/second.sql': ''})
    const odd = await checked(one, 2)
    expect(odd.findings).toMatchObject([{code: 'migration-name'}])
    expect(odd.notes.join()).toContain('not looked at')
  })
})

describe('a hazard', () => {
  const second = 'migrations/20260102T000000_second.sql'
  const files = (schema: string, sql: string) => ({'schema.sql': schema, [second]: sql})
  const without = SCHEMA.replace('  body text NOT NULL,\n', '')

  test('is found in what a migration does, and allowed above it', async () => {
    const one = await project(
      'check_loss',
      files(without, "-- why\nDO $$ BEGIN EXECUTE 'ALTER TABLE public.notes DROP COLUMN body'; END $$;\n"),
    )
    const found = await checked(one, 2)
    expect(told(found)).toEqual([`data-loss ${second}:2:1`])
    expect(found.findings[0]!.message).toBe('column public.notes.body goes with its values')
    await put(one, {[second]: 'BEGIN;\n-- pgext:allow data-loss\nALTER TABLE public.notes DROP COLUMN body;\nCOMMIT;\n'})
    expect(told(await checked(one, 0))).toEqual([])
    await put(one, {
      [second]: '-- pgext:allow data-loss\nBEGIN;\nALTER TABLE public.notes DROP COLUMN body;\nCOMMIT;\nTRUNCATE public.notes;\n',
    })
    expect(told(await checked(one, 2))).toEqual([`data-loss ${second}:5:1`])
    await put(one, {'pgext.json': '{"judgeAfter": "20260102T000000"}'})
    expect(told(await checked(one, 0))).toEqual([])
  })

  test('is none where a migration takes away what it has made, or has moved', async () => {
    // names of keys and of NOT NULL are others then, which is no matter here
    const losses = async (code: number) =>
      (await checked(one, code)).findings.filter((found) => found.code === 'data-loss').map(({message}) => message)
    const again = `ALTER TABLE public.notes RENAME TO old_notes;
ALTER INDEX public.notes_pkey RENAME TO old_key;
${SCHEMA}
INSERT INTO public.notes SELECT id, body, made FROM public.old_notes;
DROP TABLE public.old_notes;
CREATE TABLE public.scratch (a int, b int);
INSERT INTO public.scratch VALUES (1, 2);
DELETE FROM public.scratch;
CREATE RULE away AS ON INSERT TO public.scratch DO ALSO DELETE FROM public.notes;
ALTER TABLE public.scratch DROP COLUMN b;
DROP TABLE public.scratch;
`
    const one = await project('check_moved', files(SCHEMA, again))
    expect(await losses(2)).toEqual([])
    await put(one, {[second]: again.replace('id, body, made FROM', "id, 'x', made FROM")})
    expect(await losses(2)).toEqual(['column public.notes.body goes with its values'])
    await put(one, {[second]: again.replace('FROM public.old_notes', 'FROM public.old_notes WHERE id > 0')})
    expect(await losses(2)).toEqual(['table public.notes goes with its rows'])
  })

  test('of times, of digits, and of those that pgext.json refuses is found, too', async () => {
    const schema = SCHEMA.replace('made timestamp', 'made timestamptz').replace('id int', 'id smallint')
    const sql = 'ALTER TABLE public.notes ALTER made TYPE timestamptz;\nALTER TABLE public.notes ALTER id TYPE smallint;\n'
    const one = await project('check_types', files(schema, sql))
    expect(told(await checked(one, 2))).toEqual([`time-zone ${second}:1:1`])
    await put(one, {
      'pgext.json': '{"refuse": ["rewrite", "security-widened"]}',
      [second]: sql
        .replaceAll('ALTER TABLE', '-- pgext:allow time-zone\nALTER TABLE')
        .replace('TYPE timestamptz', "TYPE timestamptz USING made AT TIME ZONE 'UTC'"),
    })
    const found = await checked(one, 2)
    expect(told(found)).toEqual([`rewrite ${second}:2:1`, `rewrite ${second}:4:1`])
    expect(found.notes.join()).toContain('security-widened is looked for when pgext writes a migration')
  })
})

describe('a database', () => {
  test('that somebody has changed by hand is told, with the way back and the way to keep it', async () => {
    const functions = {'functions/one.sql': 'CREATE FUNCTION public.one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n'}
    const one = await site.project('check_drift', {
      'schema.sql': `${SCHEMA}CREATE INDEX notes_made ON public.notes (made);\n`,
      '.env': `SHADOW_DATABASE_URL=${site.url('postgres')}\n`,
      ...functions,
    })
    await one.ends(0, 'migrate', '--name', 'first', '--yes')
    await one.ends(0, 'deploy-functions')
    expect(await checked(one, 0, '--database')).toMatchObject({fine: true, findings: []})
    await one.ask(
      'CREATE TABLE public.extra (a int PRIMARY KEY); DROP INDEX public.notes_made; ALTER TABLE public.notes ALTER body DROP NOT NULL',
    )
    expect(await checked(one, 0)).toMatchObject({fine: true})
    const {findings} = await checked(one, 2, '--database')
    const messages = findings.map(({message}) => message)
    expect(messages).toEqual([
      expect.stringContaining('the database has another column public.notes.body'),
      'the database lacks index public.notes_made, which applied migrations made',
      'the database has table public.extra, which no applied migration made',
    ])
    const {out} = await one.ends(2, 'check', '--database')
    expect(out).toContain(
      '  -- back to what its journal says\n  DROP TABLE public.extra;\n  -- kept, in a migration\n  CREATE TABLE public.extra (',
    )
    await one.ask(findings.flatMap(({sql}) => sql!.back).join('\n'))
    expect(await checked(one, 0, '--database')).toMatchObject({fine: true})
    // the other way, as it is said: into the files, a migration, and journalled where it is done
    const kept = 'CREATE TABLE public.kept (a int PRIMARY KEY);'
    await one.ask(kept)
    await one.write({'schema.sql': `${SCHEMA}CREATE INDEX notes_made ON public.notes (made);\n${kept}\n`})
    await one.ends(0, 'migrate:new', 'kept')
    const {err} = await one.ends(1, 'migrate', '--yes')
    const [, version] = /pgext migrate:repair --applied (\S+)/.exec(err) ?? []
    await one.ends(0, 'migrate:repair', '--applied', version!)
    expect(await checked(one, 0, '--database')).toMatchObject({fine: true, findings: []})
    await one.write({[`migrations/${(await one.migrations())[0]}`]: '-- another\n'})
    expect(told(await checked(one, 2, '--database')).join()).toContain('applied-changed migrations/')
  })

  test('that can not be reached is not fine', async () => {
    const one = await project('check_unreached')
    expect((await one.ends(1, 'check', '--database')).err).toMatch(/^error: /m)
  })
})

describe('a branch', () => {
  test('leaves what is there as it is, and comes after it', async () => {
    const one = await project('check_branch', {'pgext.json': '{}'})
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: one.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      }).toString()
    expect(await one.fails('check', '--changed-since', 'main')).toContain('needs a git repository')
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'first')
    git('checkout', '-qb', 'mine')
    expect(await one.fails('check', '--changed-since', 'nowhere')).toContain('git knows no nowhere')
    await put(one, {
      'migrations/20260103T000000_mine.sql': 'CREATE TABLE public.mine (a int);',
      'schema.sql': `${SCHEMA}CREATE TABLE public.mine (a int);`,
    })
    const {out} = await one.ends(0, 'check', '--changed-since', 'main')
    expect(out).toContain('2 migrations, of which 1 new since main')
    git('add', '.')
    git('commit', '-qm', 'mine')

    git('checkout', '-q', 'main')
    const theirs = 'migrations/20260104T000000_theirs.sql'
    await put(one, {[theirs]: 'CREATE TABLE public.theirs (a int);'})
    git('add', '.')
    git('commit', '-qm', 'theirs')
    git('checkout', '-q', 'mine')
    expect(told(await checked(one, 2, '--changed-since', 'main'))).toEqual([
      'out-of-order migrations/20260103T000000_mine.sql:1:1',
    ])

    await put(one, {[FIRST]: SCHEMA.replaceAll('\n', '\r\n')})
    expect(told(await checked(one, 2, '--changed-since', 'main'))).toHaveLength(1)
    await writeFile(join(one.folder, FIRST), `${SCHEMA}-- edited\n`)
    expect(told(await checked(one, 2, '--changed-since', 'main'))).toContain(`changed ${FIRST}:1:1`)
    await rm(join(one.folder, FIRST))
    expect(told(await checked(one, 2, '--changed-since', 'main'))).toContain('removed')
  })
})

// What goes wrong at a user's: each gets one clear error with a hint and exit 1, and nothing is lost or left half-done.
import {spawnSync} from 'node:child_process'
import {chmodSync, chownSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {serverAccount} from '../../src/shadow/home.ts'
import {type Files, openSite, type Project, type Site} from './site.ts'

const TASKS = 'create table tasks (id int primary key, title text not null);\n'
const FIRST = '20261101T100000_first.sql'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** A command that fails, and leaves everything as it was. */
async function failsHarmlessly(project: Project, ...args: string[]): Promise<string> {
  const before = await project.state()
  const said = await project.fails(...args)
  expect(await project.state()).toEqual(before)
  return said
}

/** Ends the session that runs such a statement, as soon as it does. */
async function ended(project: Project, word: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const rows = await project.ask(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where query ~ '${word}' and state = 'active' and pid <> pg_backend_pid() and datname = current_database()`)
    if (rows.length > 0) return
    await sleep(50)
  }
  throw new Error(`nobody runs ${word}`)
}

const withFirst = (files: Files = {}): Files => ({
  'schema.sql': TASKS,
  [`migrations/${FIRST}`]: 'create table public.tasks (id int primary key, title text not null);\n',
  ...files,
})

describe('files', () => {
  test('broken SQL is shown at its place, with a caret', async () => {
    const project = await site.project('broken', {
      'schema.sql': `${TASKS}\ncreate table notes (\n  id int primary ky\n);\n`,
    })
    const said = await failsHarmlessly(project, 'migrate', '--name', 'first')
    expect(said).toMatch(/syntax error/)
    expect(said).toContain('schema.sql:4:18\n\n      id int primary ky\n                     ^\n')
  })

  test('so is SQL that means nothing', async () => {
    const project = await site.project('meaningless', {'schema.sql': `${TASKS}create view v as\n  select titel from tasks;\n`})
    const said = await failsHarmlessly(project, 'migrate', '--name', 'first')
    expect(said).toContain('schema.sql:3:10\n\n      select titel from tasks;\n             ^\n')
  })

  test('an empty schema.sql means: drop everything, and is refused without --allow data-loss', async () => {
    const project = await site.project('empty', withFirst())
    await project.ends(0, 'migrate')
    await project.ask("insert into tasks values (1, 'kept')")
    await project.write({'schema.sql': ''})
    const said = await failsHarmlessly(project, 'migrate', '--name', 'nothing')
    expect(said).toContain('public.tasks')
    expect(said).toContain('--allow data-loss')
    expect(await project.ask('select title from tasks')).toEqual([{title: 'kept'}])
    await project.ends(0, 'migrate', '--name', 'nothing', '--allow', 'data-loss')
    expect(await project.ask("select to_regclass('tasks') as there")).toEqual([{there: null}])
  })

  test('UTF-16 and a byte order mark are read; what is neither UTF-8 nor UTF-16 is refused', async () => {
    const text = `${TASKS.replace('title', '"títle"')}`
    const project = await site.project('encodings', {'schema.sql': Buffer.from(`\uFEFF${text}`, 'utf16le')})
    await project.ends(0, 'migrate', '--name', 'first')
    expect(await project.ask("select attname from pg_attribute where attrelid = 'tasks'::regclass and attnum = 2")).toEqual([
      {attname: 'títle'},
    ])
    await project.write({'schema.sql': Buffer.from(`\uFEFF${text}`.replaceAll('\n', '\r\n'))})
    await project.ends(0, 'diff')
    await project.write({'schema.sql': Buffer.from(text, 'latin1')})
    const said = await failsHarmlessly(project, 'migrate', '--name', 'second')
    expect(said).toMatch(/schema\.sql is not valid UTF-8: .*line 1/)
    expect(said).toContain('hint: save it as UTF-8')
  })

  test('an extension that nobody has', async () => {
    const project = await site.project('extension', {'schema.sql': `${TASKS}create extension no_such_thing;\n`})
    const said = await failsHarmlessly(project, 'migrate', '--name', 'first')
    expect(said).toMatch(/extension no_such_thing/)
    expect(said).toMatch(/SHADOW_DATABASE_URL.*"shadow": "target".*"external"/)
  })
})

describe('the database', () => {
  test('that does not answer', async () => {
    const project = await site.project('unreachable', {'schema.sql': TASKS}, 'postgres://ada:sesame@127.0.0.1:1/shop')
    const said = await project.fails('migrate', '--name', 'first')
    expect(said).toContain('nothing listens there')
    expect(said).not.toContain('sesame')
    expect(await project.migrations()).toEqual([])
  })

  test('that is not there', async () => {
    const project = await site.project('absent', {'schema.sql': TASKS}, site.url('shoop'))
    const said = await project.fails('migrate', '--name', 'first')
    expect(said).toContain('shoop')
    expect(said).toContain('pgext db:create')
    expect(await project.migrations()).toEqual([])
  })

  test('whose role may not create there: the proof fails, and nothing is applied', async () => {
    const project = await site.project('rights', {'schema.sql': TASKS})
    await project.ask("create role clerk login password 'sesame'; grant create on database rights to clerk")
    const clerk = await site.project('clerk', {'schema.sql': TASKS}, project.url.replace(/\/\/[^@]+@/, '//clerk:sesame@'))
    const before = await project.state()
    const said = await clerk.fails('migrate', '--name', 'first')
    expect(said).toContain('permission denied for schema public')
    expect(said).not.toContain('sesame')
    expect(await project.state()).toEqual(before)
    expect(await clerk.migrations()).toEqual([])
    // the same, of a migration that is there already: the server says it
    await clerk.write(withFirst())
    expect(await clerk.fails('migrate')).toMatch(new RegExp(`permission denied for schema public(.|\\n)*${FIRST}:1:`))
    expect(await project.ask("select to_regclass('public.tasks') as there")).toEqual([{there: null}])
    await project.ask('grant create on schema public to clerk')
    await clerk.ends(0, 'migrate')
  })

  test('whose session ends in the middle of a migration: what is committed stays, and a second run goes on', async () => {
    const project = await site.project('dies', {
      'schema.sql': 'create table a (id int);\ncreate table b (id int);\ncreate table c (id int);\n',
      [`migrations/${FIRST}`]:
        'create table public.a (id int);\n\nBEGIN;\ncreate table public.b (id int);\nselect pg_sleep(3);\nCOMMIT;\n\ncreate table public.c (id int);\n',
    })
    const running = project.fails('migrate')
    await ended(project, 'pg_sleep')
    const said = await running
    expect(said).toContain(`connection was lost while applying migrations/${FIRST}`)
    expect(said).toContain('1 of its 3 parts')
    expect(said).toContain(`${FIRST}:3:1`)
    expect(await project.ask("select to_regclass('a') is not null as a, to_regclass('b') as b")).toEqual([{a: true, b: null}])
    expect((await project.ends(2, 'migrate:status')).out).toContain('unfinished')
    await project.ends(0, 'migrate')
    expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  })
})

describe('a full disk', () => {
  /** Its folder; undefined: it can't be had here. */
  const small = (name: string, size: string): string | undefined => {
    const folder = join(site.folder, name)
    mkdirSync(folder, {recursive: true})
    const {status, stderr, error} = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
    if (status === 0) {
      site.after.push(() => spawnSync('umount', ['-l', folder]))
      return folder
    }
    console.info(`a full disk is not tested here: mount says ${error?.message ?? stderr.toString().trim()}`)
    return undefined
  }
  test('of the server: nothing of the migration stays, and a second run goes on when there is room', async (context) => {
    const folder = small('space', '24m')
    if (!folder) return context.skip()
    const account = serverAccount()
    for (const path of [site.folder, folder]) chmodSync(path, 0o755)
    if (account) chownSync(folder, account.uid, account.gid)
    const project = await site.project(
      'full',
      withFirst({
        'migrations/20261101T110000_rows.sql':
          "insert into public.tasks select n, pg_catalog.repeat('x', 1000) from pg_catalog.generate_series(1, 40000) n;\n",
      }),
    )
    await project.ask('select 1')
    const admin = await connect(site.url('postgres'))
    await admin.query(`create tablespace small location '${folder}'`)
    await admin.query('alter database "full" set tablespace small')
    await admin.close()
    const said = await project.fails('migrate')
    expect(said).toContain('20261101T110000_rows.sql:1:1')
    expect(said).toContain('free some space')
    expect(await project.ask('select count(*)::int as n from tasks')).toEqual([{n: 0}])
    expect((await project.ends(2, 'migrate:status')).out).toMatch(/applied .*first.*\n.*pending .*rows/)
    spawnSync('mount', ['-o', 'remount,size=200m', folder])
    await project.ends(0, 'migrate')
    expect(await project.ask('select count(*)::int as n from tasks')).toEqual([{n: 40000}])
    await project.ends(0, 'db:drop', '--yes')
  })

  test('of the project: no half migration is left', async (context) => {
    const folder = small('full_folder/migrations', '4k')
    if (!folder) return context.skip()
    const project = await site.project('full_folder', {
      'schema.sql': `${TASKS}comment on table tasks is '${'x'.repeat(6000)}';\n`,
    })
    const said = await project.fails('migrate', '--name', 'first')
    expect(said).toMatch(/can't write migrations\/\d+T\d+_first\.sql: ENOSPC/)
    expect(await project.migrations()).toEqual([])
    expect(await project.ask("select to_regclass('tasks') as there")).toEqual([{there: null}])
  })
})

describe('migrations', () => {
  test('an index that was built beside, cut off: the next run takes the invalid one away, and builds it again', async () => {
    const project = await site.project(
      'cut_off',
      withFirst({'migrations/20261101T110000_index.sql': 'create index concurrently tasks_title on public.tasks (title);\n'}),
    )
    await project.write({'schema.sql': `${TASKS}create index tasks_title on tasks (title);\n`})
    await project.ask('create table public.tasks (id int primary key, title text not null)')
    await project.write({
      [`migrations/${FIRST}`]: 'create table if not exists public.tasks (id int primary key, title text not null);\n',
    })
    const writer = await connect(project.url)
    await writer.script("begin; insert into public.tasks values (1, 'x')")
    const running = project.fails('migrate')
    await ended(project, 'concurrently')
    expect(await running).toContain('connection was lost')
    await writer.script('commit')
    await writer.close()
    const invalid = 'select count(*)::int as n from pg_index where not indisvalid'
    expect(await project.ask(invalid)).toEqual([{n: 1}])
    await project.ends(0, 'migrate')
    expect(await project.ask(invalid)).toEqual([{n: 0}])
    expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  })

  test('a file with a wrong name', async () => {
    const project = await site.project('misnamed', withFirst({'migrations/2_second.sql': 'select 1;\n'}))
    const said = await failsHarmlessly(project, 'migrate')
    expect(said).toContain('migrations/2_second.sql')
    expect(said).toContain('20261121T061500_add_orders.sql')
  })

  test('two with one version', async () => {
    const project = await site.project('twins', withFirst({'migrations/20261101T100000_other.sql': 'select 1;\n'}))
    const said = await failsHarmlessly(project, 'migrate')
    expect(said).toContain(`migrations/${FIRST}, migrations/20261101T100000_other.sql`)
  })

  test('broken SQL in one: nothing of it stays', async () => {
    const project = await site.project(
      'broken_migration',
      withFirst({
        'migrations/20261101T110000_second.sql':
          'BEGIN;\ncreate table public.x ();\nalter table public.nope add y int;\nCOMMIT;\n',
      }),
    )
    const said = await project.fails('migrate')
    expect(said).toContain('migrations/20261101T110000_second.sql:3:')
    expect(await project.ask("select to_regclass('tasks') as tasks, to_regclass('x') as x")).toEqual([{tasks: null, x: null}])
  })

  test('one that was edited after it was applied, and a journal that lost a table', async () => {
    const project = await site.project('edited', withFirst())
    await project.ends(0, 'migrate')
    const text = await project.read(`migrations/${FIRST}`)
    await project.write({[`migrations/${FIRST}`]: `${text}-- and more\n`})
    const said = await failsHarmlessly(project, 'migrate')
    expect(said).toContain(`edited after it was applied: migrations/${FIRST}`)
    await project.write({[`migrations/${FIRST}`]: text.replaceAll('\n', '\r\n')})
    await project.ends(0, 'migrate')

    await project.ask('drop table pgext.migration_block')
    expect(await failsHarmlessly(project, 'migrate')).toMatch(/journal .* damaged: pgext\.migration_block/)
    expect(await failsHarmlessly(project, 'migrate:status')).toMatch(/journal .* damaged: pgext\.migration_block/)
  })

  test('a role that the server lacks is told before anything runs', async () => {
    const project = await site.project('roles', {'schema.sql': `${TASKS}grant select on tasks to nobody_here;\n`})
    const said = await failsHarmlessly(project, 'migrate', '--name', 'first')
    expect(said).toMatch(/lacks a role your files name: nobody_here/)
    expect(said).toContain('--role nobody_here')
    expect(await project.ask("select 1 from pg_roles where rolname = 'nobody_here'")).toEqual([])
  })
})

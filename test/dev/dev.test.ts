// A new project in, `pgext dev` in it: what is saved is there, rows stay, what is wrong is said, and nothing is left behind.
import {existsSync} from 'node:fs'
import {mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import postgres from 'postgres'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {readMigrations} from '../../src/migrations/file.ts'
import {writeSum} from '../../src/migrations/sum.ts'
import {openProject} from '../../src/project/open.ts'
import {makeProject, processesOf, type Running, removeProject, startDev} from './stack.ts'

const eventually = <T>(look: () => T) => expect.poll(look, {timeout: 15_000, interval: 50})

async function edit(folder: string, file: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, file)
  await writeFile(path, change(await readFile(path, 'utf8').catch(() => '')))
}

describe.each(process.env.PGEXT_ENGINE ? [process.env.PGEXT_ENGINE] : ['native', 'pglite'])('a stack on %s', (engine) => {
  let folder: string
  let dev: Running
  let page: string
  let address: string
  let sql: postgres.Sql
  beforeAll(async () => {
    folder = await makeProject('todo', {types: 'database.ts'})
    dev = startDev(folder, ['--engine', engine])
    const ready = await dev.ready()
    page = ready.page
    address = ready.database
    sql = postgres(ready.database, {onnotice: () => {}, max: 2})
  })
  afterAll(async () => {
    await sql?.end()
    await dev?.end()
    if (folder) await removeProject(folder)
  })

  async function signIn(name: string): Promise<Record<string, string>> {
    const answer = await fetch(`${page}/rest/rpc/sign_in`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({name, password: name}),
    })
    expect(answer.status).toBe(200)
    const {token} = (await answer.json()) as {token: string}
    return {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
  }

  test('brings up the database with its seed, the API, events and the page', async () => {
    expect(await sql`select name from people order by name`).toEqual([{name: 'ada'}, {name: 'grace'}])
    expect(await (await fetch(`${page}/`)).text()).toContain('<h1>app</h1>')
    expect(await (await fetch(`${page}/events/health`)).json()).toEqual({status: 'ok'})
    const tasks = (await (await fetch(`${page}/rest/tasks?select=title`, {headers: await signIn('grace')})).json()) as unknown
    expect(tasks).toEqual([{title: 'find the moth'}])
    expect((await fetch(`${page}/rest/tasks`)).status).toBe(401)
    expect(await readFile(join(folder, 'database.ts'), 'utf8')).toContain('tasks')
    // the template itself is beyond reproach
    expect(dev.said.flatMap(({lines = []}) => lines).filter((line: string) => line.includes('note:'))).toEqual([])
  })

  test('a column added to schema.sql is there, with its rows, in the API and in the types', async () => {
    const from = dev.said.length
    await edit(folder, 'schema.sql', (text) =>
      text.replace('  completed boolean', "  note text not null default 'none',\n  completed boolean"),
    )
    const did = await dev.until(({did}) => did === 'schema.sql', from)
    expect(did.lines.join('\n')).toContain('note')
    expect(await sql`select note from tasks where title = 'find the moth'`).toEqual([{note: 'none'}])
    const headers = await signIn('grace')
    await eventually(async () => (await fetch(`${page}/rest/tasks?select=note`, {headers})).status).toBe(200)
    await eventually(() => readFile(join(folder, 'database.ts'), 'utf8')).toContain('note: string')
  })

  test('renamed with a word, it keeps its values', async () => {
    await sql`update tasks set note = 'kept' where title = 'find the moth'`
    const from = dev.said.length
    await edit(folder, 'schema.sql', (text) => text.replace('  note text', '  -- pgext:renamed-from note\n  remark text'))
    await dev.until(({did}) => did === 'schema.sql', from)
    expect(await sql`select remark from tasks where title = 'find the moth'`).toEqual([{remark: 'kept'}])
  })

  test('what would lose rows is not done where nobody can be asked', async () => {
    const before = await readFile(join(folder, 'schema.sql'), 'utf8')
    const from = dev.said.length
    await edit(folder, 'schema.sql', (text) => text.replace(/ {2}-- pgext:renamed-from note\n {2}remark text.*\n/, ''))
    const {failed, error} = await dev.until(({failed}) => failed, from)
    expect([failed, error.code]).toEqual(['schema', 'data-loss'])
    expect(await sql`select remark from tasks where title = 'find the moth'`).toEqual([{remark: 'kept'}])
    await writeFile(join(folder, 'schema.sql'), before)
  })

  test('a function that is broken is said at its place and the old one stays; mended, it is live', async () => {
    const from = dev.said.length
    const good = await readFile(join(folder, 'functions/complete_task.sql'), 'utf8')
    await edit(folder, 'functions/complete_task.sql', (text) => text.replace('completed = true', 'complete = true'))
    const {error} = await dev.until(({failed}) => failed?.includes('functions'), from)
    expect(error.where).toMatchObject({file: 'functions/complete_task.sql', line: 5})
    const [task] = await sql`select id from tasks where title = 'find the moth'`
    expect(await sql`select completed from complete_task(${task!.id})`).toEqual([{completed: true}])
    const next = dev.said.length
    await writeFile(
      join(folder, 'functions/complete_task.sql'),
      good.replace('completed = true', "completed = true, remark = 'done'"),
    )
    await dev.until(({did}) => did === 'functions/', next)
    expect(await sql`select remark from complete_task(${task!.id})`).toEqual([{remark: 'done'}])
  })

  test('a syntax error is said with its line, and everything else stays up', async () => {
    const before = await readFile(join(folder, 'schema.sql'), 'utf8')
    const from = dev.said.length
    await writeFile(join(folder, 'schema.sql'), `${before}\ncreate table oops (id int,);\n`)
    const {error} = await dev.until(({failed}) => failed, from)
    expect(error.where).toMatchObject({file: 'schema.sql', line: before.split('\n').length + 1})
    expect((await fetch(`${page}/events/health`)).status).toBe(200)
    expect(error.hint).not.toContain('command')
    const next = dev.said.length
    await writeFile(join(folder, 'schema.sql'), before)
    expect((await dev.until(({did}) => did?.includes('schema'), next)).lines.join()).toContain('mended')
  })

  test('a migration is written, and taken as applied; one that somebody else wrote is applied', async () => {
    const from = dev.said.length
    dev.tell({do: 'migration', name: 'first'})
    const {lines} = await dev.until(({did}) => did === 'migration', from)
    expect(lines.join('\n')).toMatch(/wrote migrations\/\d+T\d+_first\.sql[\s\S]*took 1 migration as applied/)
    expect(await sql`select name, finished from pgext.migration`).toEqual([{name: 'first', finished: true}])
    const next = dev.said.length
    const migrations = join(folder, 'migrations')
    await writeFile(join(migrations, '20990101T000000_rows.sql'), "update tasks set remark = 'by hand';\n")
    await writeSum(migrations, await readMigrations(migrations))
    await dev.until((said) => JSON.stringify(said).includes('applied migrations/20990101T000000_rows.sql'), next)
    expect(await sql`select distinct remark from tasks`).toEqual([{remark: 'by hand'}])
  })

  test.each([
    ['schema.sql', 'create table oops (id int,);'],
    ['functions/late.sql', 'create function late() returns int language sql as $$ select nowhere from tasks $$;'],
    ['seed.sql', "insert into people (name, oops) values ('x', 1);"],
  ])('a reset that %s would end leaves the database as it is', async (file, line) => {
    const path = join(folder, file)
    const before = await readFile(path, 'utf8').catch(() => undefined)
    let from = dev.said.length
    await writeFile(path, `${before ?? ''}\n${line}\n`)
    if (file !== 'seed.sql')
      await dev.until(({failed, did, lines}) => failed ?? (did && lines.join().includes('not deployed')), from)
    from = dev.said.length
    dev.tell({do: 'reset'})
    const {failed, error} = await dev.until(({failed}) => failed === 'reset', from)
    expect([failed, error.where?.file, error.hint]).toEqual(['reset', file, expect.stringContaining('stays as it is')])
    expect(await sql`select count(*)::int as n from pgext.migration`).toEqual([{n: 2}])
    from = dev.said.length
    if (before === undefined) await rm(path)
    else await writeFile(path, before)
    if (file !== 'seed.sql') await dev.until(({did}) => did, from)
  })

  test('reset, it is as new, with all migrations, the seed and everything up', async () => {
    const from = dev.said.length
    await sql`delete from tasks`
    await sql.end()
    dev.tell({do: 'reset'})
    await dev.until(({did}) => did === 'seed.sql', from)
    const {url} = (await dev.until(({service}) => service?.name === 'events' && service.state === 'ready', from)).service
    expect(url).toContain('ws://')
    sql = postgres(address, {onnotice: () => {}, max: 2})
    expect(await sql`select count(*)::int as n from tasks`).toEqual([{n: 3}])
    expect(await sql`select count(*)::int as n from pgext.migration`).toEqual([{n: 2}])
    await eventually(async () => (await fetch(`${page}/events/health`)).status).toBe(200)
    await eventually(async () => (await fetch(`${page}/rest/tasks?select=title`, {headers: await signIn('grace')})).status).toBe(
      200,
    )
  })

  test('a service that is killed comes back', async () => {
    const from = dev.said.length
    const pid = await restPid()
    expect(pid).toBeDefined()
    process.kill(pid!, 'SIGKILL')
    await dev.until(({service}) => service?.name === 'rest' && service.state === 'back', from)
    await dev.until(({service}) => service?.name === 'rest' && service.state === 'ready', from)
    await eventually(async () => (await fetch(`${page}/rest/tasks?select=id`, {headers: await signIn('ada')})).status).toBe(200)
  })

  async function restPid(): Promise<number | undefined> {
    // PostgREST is told its configuration by a file in its folder, and its folder is the project
    const {readdirSync, readlinkSync, readFileSync} = await import('node:fs')
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`) !== folder) continue
        if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgrest') return Number(pid)
      } catch {}
    }
    return undefined
  }

  test('what one of the services is told wrongly ends none of the others', async () => {
    const before = await readFile(join(folder, 'postgrest.conf'), 'utf8')
    const from = dev.said.length
    await writeFile(
      join(folder, 'postgrest.conf'),
      before.replace('db-schemas = "public"', 'db-schemas = "nowhere"\nserver-port = what'),
    )
    await dev.until(({failed, service}) => failed !== undefined || (service?.name === 'rest' && service.state === 'back'), from)
    expect((await fetch(`${page}/events/health`)).status).toBe(200)
    const next = dev.said.length
    await writeFile(join(folder, 'postgrest.conf'), before)
    await dev.until(({service}) => service?.name === 'rest' && service.state === 'ready', next)
    await eventually(async () => (await fetch(`${page}/rest/tasks?select=title`, {headers: await signIn('grace')})).status).toBe(
      200,
    )
  })

  test('folders that pgext.json names later are looked at; what happened stands in the log', async () => {
    const before = await readFile(join(folder, 'pgext.json'), 'utf8')
    await writeFile(join(folder, 'pgext.json'), JSON.stringify({...JSON.parse(before), frontend: {folder: '../site'}}))
    await mkdir(join(folder, '../site'))
    await eventually(async () => {
      await writeFile(join(folder, '../site/index.html'), '<p>another</p>')
      return (await fetch(`${page}/`)).text()
    }).toContain('another')
    const reload = await fetch(`${page}/_pgext/reload`)
    const reader = reload.body!.getReader()
    let heard = ''
    const changed = (async () => {
      while (!heard.includes('event: change')) heard += Buffer.from((await reader.read()).value ?? []).toString()
    })()
    await eventually(async () => {
      await writeFile(join(folder, '../site/index.html'), `<p>${performance.now()}</p>`)
      return heard
    }).toContain('event: change')
    await changed
    await reader.cancel()
    await writeFile(join(folder, 'pgext.json'), before)
    const log = await readFile(join(folder, '.pgext/logs/dev.ndjson'), 'utf8')
    for (const words of ['db is ready', 'rest died, and is started again', 'seed.sql', 'rows of the local database may be lost'])
      expect(log).toContain(words)
    expect(log).not.toContain(new URL(address).password)
  })

  test('a second stack in the same folder is refused, by whatever name it comes to it', async () => {
    await symlink(folder, join(folder, '../other-name'))
    const second = startDev(join(folder, '../other-name'), ['--engine', engine])
    expect(await second.end('SIGCONT')).toBe(1)
    expect(second.said.map((one) => JSON.stringify(one)).join('') + second.errors()).toContain('pgext dev runs here already')
  })

  test('ended, nothing of it is left; started again, it is as it was, and sooner', async () => {
    const [before] = await sql`select count(*)::int from tasks`
    await sql.end()
    expect(await dev.end()).toBe(130)
    expect(processesOf(folder)).toEqual([])
    dev = startDev(folder, ['--engine', engine])
    const {page: again, database} = await dev.ready()
    expect(again).toBe(page)
    expect(dev.said.filter(({did}) => did)).toEqual([])
    sql = postgres(database, {onnotice: () => {}, max: 2})
    expect(await sql`select count(*)::int from tasks`).toEqual([before])
  })

  test('killed without a word, its programs end, and the next one starts', async () => {
    await sql.end()
    await dev.end('SIGKILL')
    await eventually(() => processesOf(folder)).toEqual([])
    expect(existsSync(join(folder, '.pgext/url'))).toBe(true)
    expect(await openProject(folder)).toMatchObject({hasLostStack: true})
    dev = startDev(folder, ['--engine', engine])
    const {database} = await dev.ready()
    sql = postgres(database, {onnotice: () => {}, max: 2})
    expect(await sql`select count(*)::int as people from people`).toEqual([{people: 2}])
  })
})

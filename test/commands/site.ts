// An embedded PostgreSQL in, projects on it out: each a folder with files and a database of its own.
import {cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {expect, vi} from 'vitest'
import {createDatabase} from '../../src/postgres/admin.ts'
import type {Db, Row} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {startCluster} from '../../src/shadow/cluster.ts'
import {pgextAgain, type Ran} from './run.ts'

// each command starts a PostgreSQL: where the cores are busy a test of several takes its time
vi.setConfig({testTimeout: 240_000, hookTimeout: 240_000})

export type Files = Readonly<Record<string, string | Buffer>>

export class Project {
  readonly folder: string
  readonly url: string

  constructor(folder: string, url: string) {
    this.folder = folder
    this.url = url
  }

  /** For tests of what a command does; those of how a process ends have one of its own. */
  run(...args: string[]): Promise<Ran> {
    return pgextAgain(args, {cwd: this.folder, env: {DATABASE_URL: this.url}})
  }

  /** Runs a command that must end with this code; what it said shows when it does not. */
  async ends(code: number, ...args: string[]): Promise<Ran> {
    const ran = await this.run(...args)
    expect(ran.code, `pgext ${args.join(' ')}\n${ran.out}${ran.err}`).toBe(code)
    return ran
  }

  /** Runs a command that must fail with exactly one error and a hint; both are given back. */
  async fails(...args: string[]): Promise<string> {
    const {out, err} = await this.ends(1, ...args)
    expect(out).not.toMatch(/applied|wrote|deployed|dropped/)
    expect(err.match(/^error: /gm), err).toHaveLength(1)
    expect(err.match(/^hint: /gm), err).toHaveLength(1)
    expect(err).not.toContain('fault in pgext')
    return err
  }

  async ask(sql: string): Promise<Row[]> {
    const db = await connect(this.url)
    try {
      await db.script('set search_path = public')
      return (await db.script(sql)).at(-1)!
    } finally {
      await db.close()
    }
  }

  async write(files: Files): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), {recursive: true})
      await writeFile(join(this.folder, name), content)
    }
  }

  read(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8')
  }

  async migrations(): Promise<string[]> {
    const names = await readdir(join(this.folder, 'migrations')).catch(() => [])
    return names.filter((name) => name.endsWith('.sql')).sort()
  }

  /** What must stay as it is when a command fails: the migrations, all that stands in the database, and the journal. */
  async state(): Promise<unknown> {
    const objects = await this.ask(`
      select c.oid::regclass::text as name, c.relkind, string_agg(a.attname, ',' order by a.attnum) as columns
      from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'S', 'i') and c.relnamespace::regnamespace::text not in ('pg_toast', 'pgext')
      group by c.oid order by 1`)
    const functions = await this.ask(
      "select oid::regprocedure::text as name from pg_proc where oid >= 16384 and pronamespace = 'public'::regnamespace order by 1",
    )
    const [journal] = await this.ask("select to_regclass('pgext.migration') is not null as there")
    const rows = journal!.there ? await this.ask('select version, finished from pgext.migration order by 1') : []
    return {migrations: await this.migrations(), objects, functions, rows}
  }
}

export interface Site {
  readonly folder: string
  readonly url: (database: string) => string
  /** a superuser's session */
  readonly admin: Db
  /** `url`: when it is not to be a new database of the project's name */
  project(name: string, files: Files, url?: string): Promise<Project>
  /** another project with the same files and a copy of the database */
  copy(project: Project, name: string): Promise<Project>
  /** what is to be done when the server is gone, and its folder is still there */
  readonly after: (() => void)[]
  close(): Promise<void>
}

export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'pgext-site-'))
  const cluster = await startCluster(findBinaries(18)!)
  const admin = await connect(cluster.url('postgres'))
  const after: (() => void)[] = []
  return {
    after,
    admin,
    folder,
    url: cluster.url,
    async project(name, files, url) {
      if (!url) await createDatabase(admin, name)
      const project = new Project(join(folder, name), url ?? cluster.url(name))
      await mkdir(project.folder, {recursive: true})
      await project.write(files)
      return project
    },
    async copy(from, name) {
      await admin.script(`create database "${name}" template "${basename(from.folder)}"`)
      await cp(from.folder, join(folder, name), {recursive: true})
      return new Project(join(folder, name), cluster.url(name))
    },
    async close() {
      await admin.close()
      await cluster.close()
      for (const work of after) work()
      await rm(folder, {recursive: true, force: true})
    },
  }
}

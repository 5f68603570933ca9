// A project and its database in; its files of rows run there, each once, or how they stand, out.
import {resolve} from 'node:path'
import {PgextError} from '../errors.ts'
import type {SeedOptions, SeedStatus} from '../migrations/seed.ts'
import type {Project} from '../project/model.ts'

/** Those that have not run there; gives back what it ran. */
export async function runSeeds(project: Project, url: string, options: SeedOptions = {}): Promise<SeedStatus[]> {
  const files = await project.seeds()
  if (files.length === 0) return []
  const [{connect}, {runSeeds: run}] = await Promise.all([import('../postgres/native.ts'), import('../migrations/seed.ts')])
  const db = await connect(url)
  try {
    return await run(db, files, options)
  } finally {
    await db.close()
  }
}

export async function seedStanding(project: Project, url: string, there?: readonly string[]): Promise<SeedStatus[]> {
  const [{connect}, {readSeeds, seedStatus}] = await Promise.all([
    import('../postgres/native.ts'),
    import('../migrations/seed.ts'),
  ])
  const files = await project.seeds()
  const db = await connect(url)
  try {
    return seedStatus(files, await readSeeds(db), there)
  } finally {
    await db.close()
  }
}

/** Where nothing says that seeds ever ran: tables of theirs that have rows. A database may be older than the record, or filled by something else. */
export async function filledBefore(project: Project, url: string): Promise<string[]> {
  const [{connect}, {readSeeds}, {filledBefore: look}] = await Promise.all([
    import('../postgres/native.ts'),
    import('../migrations/seed.ts'),
    import('../migrations/filled.ts'),
  ])
  const files = await project.seeds()
  const db = await connect(url)
  try {
    return (await readSeeds(db)).length > 0 ? [] : await look(db, files)
  } finally {
    await db.close()
  }
}

/** The project with those of its seeds that are named, as a shell in its folder or in another names them. */
export async function pickSeeds(project: Project, named: readonly string[]): Promise<Project> {
  if (named.length === 0) return project
  const files = await project.seeds()
  const picked = named.map((name) => {
    const file = files.find(
      ({path}) => [path, resolve(project.folder, path)].includes(name) || resolve(project.folder, path) === resolve(name),
    )
    if (file) return file
    throw new PgextError('usage', `${name} is no seed of this project`, {
      hint:
        files.length > 0 ? `there are ${files.map(({path}) => path).join(', ')}` : '"seed" in pgext.json names files or folders',
    })
  })
  // in their own order, whatever order they are named in
  return {...project, seeds: async () => files.filter((file) => picked.includes(file))}
}

// The major version of a project's databases in; whether what is said of the files was tried on that, out.
import {type Answer, FINE, type Given, type Question} from './model.ts'

export const major: Question = {
  name: 'major',
  about: 'the version of PostgreSQL',
  parts: () => [],
  async ask({major: wanted, project}: Given, walk): Promise<Answer> {
    if (wanted === undefined || project.settings.allow.includes('other-major')) return FINE
    const {server, engine} = await (await (await walk()).workplace([])).shadow([], false)
    if (server.major === wanted) return FINE
    return {
      findings: [
        {
          level: 'warning',
          code: 'other-major',
          message: `all of this was tried on PostgreSQL ${server.major}, and the database is of ${wanted}: what the two take otherwise was not seen`,
          hint: await wayOf(wanted, engine, project),
        },
      ],
      notes: [],
    }
  },
}

async function wayOf(wanted: number, engine: string, {shadowUrl, settings}: Given['project']): Promise<string> {
  if (shadowUrl) return `let SHADOW_DATABASE_URL name a PostgreSQL ${wanted}, or leave it out`
  if (settings.shadow === 'pglite') return `leave "shadow": "pglite" out of pgext.json: it is PostgreSQL of one major alone`
  const {findBinaries, howToGet} = await import('../shadow/binaries.ts')
  if (findBinaries(wanted) && engine === 'pglite') return `the PostgreSQL ${wanted} that is here lacks an extension of your files`
  return `${howToGet(wanted)}; "allow": ["other-major"] in pgext.json says that it does not matter`
}

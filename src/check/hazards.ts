// Migrations in; those of their hazards that nobody has allowed out.
import {GATED} from '../diff/model.ts'
import type {Judged} from '../walk/judged.ts'
import type {Answer, Finding, Given, Question} from './model.ts'

export const hazards: Question = {
  name: 'hazards',
  about: 'hazards of migrations',
  parts: (given) => [given.migrations.map(({path, checksum}) => [path, checksum]), [...meantBy(given)]],
  async ask(given: Given, walk): Promise<Answer> {
    const meant = meantBy(given)
    if (meant.size === 0) return {findings: [], notes: []}
    const {settings} = given.project
    const refused = new Set<string>([...GATED, ...settings.refuse].filter((name) => !settings.allow.includes(name)))
    const found = await (await walk()).judged({migrations: given.migrations, meant, refused})
    const open = found.filter(({hazard, allowed}) => !allowed && refused.has(hazard.name))
    return {findings: open.map((one) => findingOf(one, given)), notes: await notesOf(refused)}
  },
}

/** Those that a branch adds; else all that are not settled. */
function meantBy({migrations, branch, project}: Given): Set<string> {
  const added = branch && new Set(branch.added)
  const {judgeAfter = ''} = project.settings
  const meant = migrations.filter(({version, name}) => (added ? added.has(`${version}_${name}.sql`) : version > judgeAfter))
  return new Set(meant.map(({version}) => version))
}

function findingOf({where, hazard}: Judged, {branch}: Given): Finding {
  const settled = branch
    ? ''
    : `; where it is applied already, "judgeAfter": "${versionIn(where.file)}" in pgext.json has it settled`
  return {
    level: 'error',
    code: hazard.name,
    message: hazard.why,
    where,
    hint: `if that is meant, say so in a line above the statement: -- pgext:allow ${hazard.name}${settled}`,
  }
}

const versionIn = (file: string): string => file.split(/[\\/]/).at(-1)!.slice(0, 15)

/** What "refuse" names and a file's statements can't tell. */
async function notesOf(refused: ReadonlySet<string>): Promise<string[]> {
  const {TOLD} = await import('../walk/judged.ts')
  const untold = [...refused].filter((name) => !TOLD.has(name))
  return untold.length > 0
    ? [`of "refuse" in pgext.json, ${untold.join(', ')} is looked for when pgext writes a migration, not here`]
    : []
}

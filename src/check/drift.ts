// A project and its database in; what the database has otherwise than its journal says, each with the SQL of both ways, out. Never remembered.
import {couldNotLook} from '../diff/denied.ts'
import {PgextError} from '../errors.ts'
import type {MigrationStatus} from '../migrations/status.ts'
import type {Drifted} from '../walk/drifted.ts'
import type {Walk} from '../walk/model.ts'
import type {Answer, Finding, Given} from './model.ts'

/** @param url of the database */
export async function drift({project, sources, migrations}: Given, url: string, walk: Walk): Promise<Answer> {
  const [{readJournal}, {status}, {connect}, {drifting}] = await Promise.all([
    import('../migrations/journal.ts'),
    import('../migrations/status.ts'),
    import('../postgres/native.ts'),
    import('../walk/drifted.ts'),
  ])
  const journal = async () => {
    const db = await connect(url)
    return readJournal(db).finally(() => db.close())
  }
  const rows = await journal()
  const all = status(migrations, rows)
  const odd = all.flatMap((one) => oddity(one, project.settings.migrations) ?? [])
  // what was applied is not known then
  if (odd.length > 0)
    return {findings: odd, notes: ['not looked at, until that is mended: whether the database is as its journal says']}
  const applied = all.flatMap(({migration, standing}) => (migration && standing === 'applied' ? [migration] : []))
  const found = await drifting(url, applied, sources, await walk.workplace([url]))
  const deciding = found.unseen.filter(({decides}) => decides)
  if (deciding.length > 0) {
    const list = deciding.map((one) => `  ${couldNotLook(one, one.declared)}`).join('\n')
    throw new PgextError('not-allowed', `the role may not see what has to be compared:\n${list}`, {
      hint: `grant it SELECT there, or leave such objects alone: "ignore": ["${deciding[0]!.kind} *"] in pgext.json`,
    })
  }
  // what was applied meanwhile is no drift
  if (found.drifted.length > 0 && JSON.stringify(await journal()) !== JSON.stringify(rows))
    throw new PgextError('target-moved', 'migrations were applied to the database while it was looked at', {
      hint: 'run this again when nobody applies any',
    })
  return {
    findings: found.drifted.map(findingOf),
    notes: [
      ...found.notes,
      ...found.unseen.map((one) => couldNotLook(one)),
      ...found.refusals.map((why) => `one way of the drift has no SQL: ${why}`),
    ],
  }
}

const ODD: Readonly<Record<string, {readonly says: string; readonly hint: string}>> = {
  changed: {
    says: 'was edited after the database applied it',
    hint: 'put it back (version control has it), and write what is to change into a new migration; pgext migrate:repair where it is right as it is',
  },
  missing: {
    says: 'is applied to the database, and is not here',
    hint: 'bring the file back from version control, or see pgext migrate:repair',
  },
  unfinished: {says: 'is half applied', hint: 'pgext migrate goes on with it'},
  partial: {
    says: 'came instead of several, of which only some are applied to the database',
    hint: 'check out the commit before the squash, apply the rest there with pgext migrate, and come back',
  },
}

function oddity({version, name, standing, migration}: MigrationStatus, folder: string): Finding | undefined {
  const odd = ODD[standing]
  if (!odd) return undefined
  const file = `${folder}/${version}_${name}.sql`
  const text = migration?.text.split('\n', 1)[0]
  return {
    level: 'error',
    code: `applied-${standing}`,
    message: `${file} ${odd.says}`,
    ...(text !== undefined && {where: {file, line: 1, column: 1, text}}),
    hint: odd.hint,
  }
}

const SAYS = {has: 'has', lacks: 'lacks', differs: 'has another'} as const

const KEEP =
  'somebody has changed it by hand: run the first there, or write it into your files, let pgext migrate:new keep it, ' +
  'and have pgext migrate:repair --applied VERSION journal that migration here, where it is done'

function findingOf({verb, object, back, keep}: Drifted): Finding {
  const whose = verb === 'has' ? 'which no applied migration made' : 'which applied migrations made'
  return {
    level: 'error',
    code: 'drift',
    message: `the database ${SAYS[verb]} ${object}, ${verb === 'differs' ? 'than applied migrations made' : whose}`,
    sql: {back, keep},
    hint: KEEP,
  }
}

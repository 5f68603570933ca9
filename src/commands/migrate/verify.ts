// Migrations, files and a journal in; whether all of them say the same, tried on an empty database of the target's version, out.
import type {Answer, Finding, Given} from '../../check/model.ts'
import type {Verified} from '../../history/verify.ts'
import type {Project} from '../../project/model.ts'
import {PgextCommand, TO_DO, urlFlag} from '../../terminal/command.ts'
import {targetOf} from '../../terminal/database.ts'
import {count} from '../../terminal/difference.ts'

export default class MigrateVerify extends PgextCommand {
  static override description = `replay every migration on an empty database, and hold the outcome against all that names it

Against the states in the files' own headers, pgext.sum, schema.sql and functions/; and where
there is a database, against its journal and what it is now. The throwaway database has the
major version of that one. Changes nothing. Exits 0 when all is as it says, 2 when not, 1 when
it could not look.`
  static override usage = 'migrate:verify [--url URL]'
  static override examples = [
    {description: 'before a release', command: '<%= config.bin %> <%= command.id %> --url postgres://me@db.example.com/shop'},
  ]
  static override flags = {url: urlFlag}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateVerify)
    const project = await this.project(flags)
    const {givenOf} = await import('../../check/given.ts')
    const given = await givenOf(project)
    if (given.unread) throw given.unread
    const {verified, answers} = await this.look(project, given)
    const findings = [...chainOf(verified, given), ...answers.flatMap(({findings}) => findings)]
    const rest = ['what is behind it', 'the files', ...(project.databaseUrl ? ['the database'] : [])]
    const unasked = verified.failure ? [`not looked at, until that is mended: ${rest.join(', ')}`] : []
    const notes = [...new Set([...verified.notes, ...answers.flatMap(({notes}) => notes), ...unasked])]
    const {findingJson, findingLines} = await import('../../terminal/check.ts')
    const wrong = findings.filter(({level}) => level === 'error')
    if (wrong.length > 0) process.exitCode = TO_DO
    for (const note of notes) this.note(`note: ${note}`)
    for (const finding of findings) for (const line of findingLines(finding, this.paint)) this.log(line)
    const against = ['their headers', 'pgext.sum', 'the files', ...(project.databaseUrl ? [(await targetOf(project)).name] : [])]
    const what = `${count(verified.replayed, 'migration')} replayed on PostgreSQL ${verified.major}`
    if (wrong.length === 0)
      this.log(`${this.paint('green', 'verified')} ${what}: as ${against.slice(0, -1).join(', ')} and ${against.at(-1)} say`)
    else this.log(`${what}; to be mended: ${wrong.length}`)
    const {replayed, major} = verified
    return {fine: wrong.length === 0, replayed, major, findings: findings.map(findingJson), notes}
  }

  private look(project: Project, given: Given): Promise<{verified: Verified; answers: Answer[]}> {
    const progress = this.progress()
    return this.walk(project, progress, (walk) =>
      progress.during('verifying', async () => {
        const [{verify}, {order}, {cover}, {drift}, {major}] = await Promise.all([
          import('../../history/verify.ts'),
          import('../../check/order.ts'),
          import('../../check/cover.ts'),
          import('../../check/drift.ts'),
          import('../../check/major.ts'),
        ])
        const opened = async () => walk
        const place = await walk.workplace([])
        const verified = await verify(given.migrations, place)
        const wanted = {...given, ...(place.major !== undefined && {major: place.major})}
        const answers = [await major.ask(wanted, opened), await order.ask(given, opened)]
        // what can't be replayed makes no state to be held against anything
        if (verified.failure) return {verified, answers}
        answers.push(await cover.ask(given, opened))
        const {databaseUrl} = project
        if (databaseUrl) answers.push(await drift(given, databaseUrl, walk))
        return {verified, answers}
      }),
    )
  }
}

function chainOf({failure, breaks}: Verified, {migrations}: Given): Finding[] {
  const places = breaks.map(({path, message}): Finding => {
    const text = migrations.find((one) => one.path === path)?.text.split('\n', 1)[0] ?? ''
    return {level: 'warning', code: 'chain', message: `${path} ${message}`, where: {file: path, line: 1, column: 1, text}}
  })
  if (!failure) return places
  const {message, where, hint} = failure
  return [
    ...places,
    {
      level: 'error',
      code: 'replay',
      message: `it fails behind the ones before it: ${message}`,
      ...(where && {where}),
      hint:
        hint ??
        'an empty database can not be brought up: mend the file where it is applied nowhere; else pgext migrate:repair takes what it is now',
    },
  ]
}

// Migrations of branches that were merged in; one line of them out: kept where their order does not matter, written anew where it does.
import {join} from 'node:path'
import {Flags} from '@oclif/core'
import type {Ends, Moved} from '../../history/anew.ts'
import type {Onto} from '../../history/git.ts'
import type {Sides} from '../../history/siblings.ts'
import type {Failed} from '../../history/sort.ts'
import type {Migration} from '../../migrations/file.ts'
import type {Project} from '../../project/model.ts'
import {canAsk} from '../../terminal/ask.ts'
import {allowFlag, onlineFlag, PgextCommand, proveFlag, TO_DO} from '../../terminal/command.ts'
import {coverOptions, refuseUnallowed} from '../../terminal/cover.ts'
import {type Target, targetOf} from '../../terminal/database.ts'
import {answersIn, renameFlags, settleByAsking} from '../../terminal/rename.ts'
import type {Difference, RenameAnswers} from '../../walk/model.ts'
import type {Known, Workplace} from '../../walk/sides.ts'

interface Outcome {
  readonly moved: readonly Moved[]
  readonly rest: readonly Failed[]
  readonly made?: Migration
  /** what was written anew, or what no migration covers yet */
  readonly difference: Difference
  readonly notes: readonly string[]
}

export default class MigrateRebase extends PgextCommand {
  static override description = `put the migrations of branches that were merged in one line

What the other branch has stays as it is. What this one adds comes behind it: kept as it is
where both orders make the same state, which is tried on throwaway databases, else written
anew from what differs. pgext.sum is made whole, also where git left marks in it.`
  static override usage = 'migrate:rebase [--onto REF] [--dry-run] [--allow HAZARD] [--url URL]'
  static override examples = [
    {description: 'in the middle of a merge', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'what would be done', command: '<%= config.bin %> <%= command.id %> --dry-run'},
    {description: 'behind what main has', command: '<%= config.bin %> <%= command.id %> --onto main'},
  ]
  static override flags = {
    onto: Flags.string({helpValue: 'REF', description: 'whose migrations stay, instead of what git says of the merge'}),
    'dry-run': Flags.boolean({description: 'show what would be done, and do nothing'}),
    online: onlineFlag,
    prove: proveFlag,
    allow: allowFlag,
    ...renameFlags,
    url: Flags.string({helpValue: 'URL', description: 'a database of which what is applied stays', helpGroup: 'GLOBAL'}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateRebase)
    const project = await this.project(flags)
    const {migrationsFolder: folder, settings} = project
    const [{readMigrations}, rebase, {ontoOf}, {isInLine, sidesOf}] = await Promise.all([
      import('../../migrations/file.ts'),
      import('../../terminal/rebase.ts'),
      import('../../history/git.ts'),
      import('../../history/siblings.ts'),
    ])
    rebase.refuseMarks(await project.sources())
    const all = await readMigrations(folder, settings.migrations, {twins: true})
    rebase.refuseMarks(all)
    const onto = await ontoOf(project, flags.onto)
    const target = project.databaseUrl ? await targetOf(project) : undefined
    const applied = target && (await rebase.appliedIn(target))
    if (target && !applied) this.note(`note: ${await rebase.unresolvedIn(project, flags.url, target)}`)
    const sides = sidesOf(all, onto, flags.url ? applied : undefined)
    rebase.refuseTwins(sides.fixed)
    for (const line of rebase.sidesLines(sides, onto, flags.url ? target?.shown : undefined)) this.log(line)
    const isDone = sides.over.length === 0 && isInLine(sides)
    const outcome = isDone ? undefined : await this.outcome(project, sides, flags, {applied, target, onto})
    return this.carry(project, sides, onto, outcome, flags['dry-run'])
  }

  /** What is to become of those that may move. */
  private async outcome(
    project: Project,
    sides: Sides,
    flags: Flagged,
    there: {applied?: ReadonlySet<string> | undefined; target?: Target | undefined; onto?: Onto | undefined},
  ): Promise<Outcome> {
    const [{sortOut}, {movedBehind}, rebase, {openFiles, openMigrations}] = await Promise.all([
      import('../../history/sort.ts'),
      import('../../history/anew.ts'),
      import('../../terminal/rebase.ts'),
      import('../../walk/sides.ts'),
    ])
    const progress = this.progress()
    return this.walk(project, progress, async (walk) => {
      const place = await walk.workplace([])
      const sources = await project.sources()
      return progress.during('putting migrations in order', async () => {
        const files = await openFiles(sources, 'files', place)
        const roles = files.loaded!.rolesCreated
        const {kept, rest, notes} = await sortOut(sides, roles, place)
        rebase.refuseByHand(rest)
        const {applied, target, onto} = there
        if (applied && target && !flags.onto && !flags.url) rebase.refuseApplied(rest, applied, {target, ...(onto && {onto})})
        const states: Known[] = []
        for (let many = 0; many <= kept.length; many++)
          states.push(await openMigrations([...sides.fixed, ...kept.slice(0, many)], place, roles))
        const difference = await this.differing(project, states.at(-1)!, files, rest.length > 0, flags, place)
        const ends = await endsOf(states, files, difference, place)
        const at = new Date()
        const moved = movedBehind(sides.fixed, kept, ends, at)
        const made = rest.length > 0 ? await madeOf(project, sides.fixed, moved, rest, difference, at) : undefined
        return {moved, rest, difference, notes, ...(made && {made})}
      })
    })
  }

  private async differing(project: Project, current: Known, files: Known, isWritten: boolean, flags: Flagged, place: Workplace) {
    const {differenceOf} = await import('../../walk/difference.ts')
    const both = {current: {...current, side: 'migrations'}, desired: files, roles: files.loaded!.rolesCreated}
    const options = coverOptions(project, {...flags, prove: isWritten && flags.prove})
    const look = (renames: RenameAnswers, asks: boolean) => differenceOf(both, {...options, renames, asks}, place)
    const found = await settleByAsking(await answersIn(flags), isWritten && canAsk() && !this.jsonEnabled(), look)
    if (isWritten) refuseUnallowed(found, flags, project)
    return found
  }

  private async carry(project: Project, sides: Sides, onto: Onto | undefined, outcome: Outcome | undefined, dryRun: boolean) {
    const [{rewrite}, {fileOf, readText, sumOf, writeSum, SUM}, {movedLine}, {dangerLines, proofLines, count}] =
      await Promise.all([
        import('../../history/anew.ts'),
        import('../../migrations/sum.ts'),
        import('../../terminal/rebase.ts'),
        import('../../terminal/difference.ts'),
      ])
    const {migrationsFolder: folder, settings} = project
    const {moved = sides.movable.map((one) => ({old: one, now: one})), rest = [], made, difference, notes = []} = outcome ?? {}
    const all = [...sides.fixed, ...moved.map(({now}) => now), ...(made ? [made] : [])]
    const text = await readText(folder, settings.migrations)
    const isSummed = text === sumOf(all)
    const changed = [...moved.filter(({old, now}) => old !== now), ...rest, ...sides.over].length > 0
    const verb = (what: string, style: 'green' | 'yellow') => this.paint(style, what.padEnd(8))
    if (changed) for (const one of moved) this.log(movedLine(one, this.paint))
    for (const {migration, why} of rest) this.log(`${verb('anew', 'yellow')}${fileOf(migration)}${this.paint('dim', `  ${why}`)}`)
    if (made)
      this.log(`${verb(dryRun ? 'writes' : 'wrote', 'green')}${made.path}, which stands for ${rest.length === 1 ? 'it' : 'them'}`)
    else if (rest.length > 0)
      this.log(`nothing is left to be written for ${rest.length === 1 ? 'it' : 'them'}: the others make all of it`)
    for (const one of sides.over)
      this.log(`${verb('removes', 'yellow')}${fileOf(one)}, which a run that was cut off has replaced`)
    if (difference && rest.length > 0)
      for (const line of [...dangerLines(difference, this.paint), ...proofLines(difference, this.paint)]) this.note(line)
    for (const note of notes) this.note(`note: ${note}`)
    if (dryRun && made && difference) this.log(`\n${made.text.trimEnd()}`)
    const path = join(settings.migrations, SUM)
    const isIdle = !changed && isSummed
    if (!dryRun) {
      if (changed)
        await rewrite(folder, settings.migrations, {
          fixed: sides.fixed,
          moved,
          gone: [...rest.map(({migration}) => migration), ...sides.over],
          ...(made && {made}),
        })
      else if (!isSummed && all.length > 0) await writeSum(folder, all, settings.migrations)
    }
    if (isIdle) this.log(`nothing to do: the migrations are in one line, and ${path} fits`)
    else if (!isSummed) this.log(`${verb(dryRun ? 'writes' : 'wrote', 'green')}${path}`)
    const left = difference && rest.length === 0 ? difference.changes.length : 0
    if (left > 0) this.log(`no migration covers ${count(left, 'difference')} of what your files say: pgext migrate:new NAME`)
    if ((dryRun && !isIdle) || left > 0) process.exitCode = TO_DO
    if (!dryRun && !isIdle && onto) this.log(`then: git add ${settings.migrations}`)
    return {
      onto: onto?.ref ?? null,
      fixed: sides.fixed.map(fileOf),
      kept: moved.map(({old, now}) => ({file: fileOf(now), was: old.version === now.version ? null : fileOf(old)})),
      anew: rest.map(({migration, why, where}) => ({file: fileOf(migration), why, ...(where && {where})})),
      written: made?.path ?? null,
      removed: [...rest.map(({migration}) => migration), ...sides.over].map(fileOf),
      sum: isSummed ? null : path,
      left,
      done: !dryRun,
    }
  }
}

interface Flagged {
  readonly onto?: string | undefined
  readonly url?: string | undefined
  readonly online: boolean
  readonly prove: boolean
  readonly allow?: string[]
  readonly rename?: string[]
  readonly 'no-rename'?: string[]
}

/** Fingerprints are those that a diff from each state to the files begins with, as where a migration is written. */
async function endsOf(states: readonly Known[], files: Known, last: Difference, place: Workplace): Promise<Ends[]> {
  const {differenceOf} = await import('../../walk/difference.ts')
  const roles = files.loaded!.rolesCreated
  const options = {from: 'migrations', to: 'files', online: false, prove: false, allow: new Set<string>()}
  const prints: (string | undefined)[] = []
  for (const [index, state] of states.entries()) {
    const isLast = index === states.length - 1
    // where no plan leads from there, its place in the line is told by nobody
    const from = isLast
      ? last
      : await differenceOf({current: state, desired: files, roles}, options, place).catch(() => undefined)
    prints.push(from?.plan.from)
  }
  return states.slice(1).map((_, index) => {
    const [from, to] = [prints[index], prints[index + 1]]
    return {...(from && {from}), ...(to && {to})}
  })
}

async function madeOf(
  project: Project,
  fixed: readonly Migration[],
  moved: readonly Moved[],
  rest: readonly Failed[],
  {plan}: Difference,
  at: Date,
): Promise<Migration | undefined> {
  if (plan.steps.length === 0) return undefined
  const [{renderSql}, {migrationFrom}, {headerOf}, {versionBehind}] = await Promise.all([
    import('../../diff/render.ts'),
    import('../../migrations/file.ts'),
    import('../../migrations/header.ts'),
    import('../../history/anew.ts'),
  ])
  const gone = rest.map(({migration}) => migration)
  const former = gone.flatMap(({version, checksum, header}) => [
    ...(header.replaces ?? []),
    ...(header.former ?? []),
    {version, checksum},
  ])
  const version = versionBehind(
    [...fixed, ...moved.map(({now}) => now), ...gone].map((one) => one.version),
    at,
  )
  const sql = renderSql(plan, {transactions: true, allowed: project.settings.refuse})
  const text = `${headerOf({from: plan.from, to: plan.to, former})}\n${sql}`
  return migrationFrom(join(project.settings.migrations, `${version}_${gone[0]!.name}.sql`), text)
}

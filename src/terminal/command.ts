// What every command shares: its flags, the project it works on, how it fails.
import {Command, Flags} from '@oclif/core'
import {HAZARDS} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import type {Walk} from '../walk/model.ts'
import type {Stage} from './carry.ts'
import {describe, errorJson} from './error.ts'
import {type Paint, painter} from './paint.ts'
import {openProgress, type Progress} from './progress.ts'

export interface Place {
  readonly folder?: string
  readonly url?: string
}

/** `--url`, for every command that talks to the project's database. */
export const urlFlag = Flags.string({helpValue: 'URL', description: 'the database, instead of DATABASE_URL', helpGroup: 'GLOBAL'})

/** `--allow data-loss`, once or more, or with commas. */
export const allowFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  delimiter: ',',
  options: [...HAZARDS, 'other-major'],
  helpValue: 'HAZARD',
  description: 'a hazard to accept, such as data-loss; once for each',
})

export const proveFlag = Flags.boolean({
  allowNo: true,
  default: true,
  // indented as flags without a letter are
  helpLabel: '    --no-prove',
  description: 'do not run the plan on a throwaway copy first',
})

export const measureFlag = Flags.boolean({
  description: 'look at what each step locks, writes anew and reads on that copy, too',
})

/** What is not run can't be looked at. */
export function checkMeasure({measure, prove}: {readonly measure: boolean; readonly prove: boolean}): void {
  if (!measure || prove) return
  throw new PgextError('usage', '--measure looks at the plan while it runs on a copy, and --no-prove runs it nowhere', {
    hint: 'leave one of the two away',
  })
}

export const strictFlag = Flags.boolean({
  default: false,
  description: 'refuse where a side holds objects that are not compared',
})

export const onlineFlag = Flags.boolean({
  allowNo: true,
  default: true,
  helpLabel: '    --no-online',
  description: 'the plain plan, which may hold up those who use the tables',
})

export const preflightFlag = Flags.boolean({
  allowNo: true,
  default: true,
  helpLabel: '    --no-preflight',
  description: 'do not look first whether rows break what is to be demanded of them',
})

export const outOfOrderFlag = Flags.boolean({
  default: false,
  description: 'apply also what is older than the newest applied one',
})

/** Exit code 2: something differs, or is left to do. */
export const TO_DO = 2

export abstract class PgextCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    json: Flags.boolean({description: 'print JSON, and nothing else', helpGroup: 'GLOBAL'}),
    folder: Flags.string({
      char: 'C',
      helpValue: 'DIR',
      description: 'the project folder, instead of this one',
      helpGroup: 'GLOBAL',
    }),
  }

  /** for stdout */
  protected readonly paint: Paint = painter(process.stdout)

  /** Notes and warnings go to stderr, so that stdout holds results alone. */
  protected note(text: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`${text}\n`)
  }

  protected async project(place: Place): Promise<Project> {
    const {openProject} = await import('../project/open.ts')
    return openProject(place.folder, {url: place.url})
  }

  /** Where and to whom a command that writes and applies migrations speaks. */
  protected stage(given: Omit<Stage, 'paint' | 'log' | 'note'>): Stage {
    return {...given, paint: this.paint, log: (text) => this.log(text), note: (text) => this.note(text)}
  }

  protected progress(silent = false): Progress {
    return openProgress(silent || this.jsonEnabled())
  }

  protected async walk<T>(project: Project, progress: Progress, work: (walk: Walk) => Promise<T>): Promise<T> {
    const {openWalk} = await import('../walk/open.ts')
    const walk = await openWalk(project, {tell: progress.tell})
    try {
      return await work(walk)
    } finally {
      await walk.close()
    }
  }

  override async catch(error: Error): Promise<void> {
    // a signal has set its own
    if (!isStopped(error)) process.exitCode = 1
    // oclif would warn that nothing was parsed, when parsing is what failed
    this.parsed = true
    if (this.jsonEnabled()) this.logJson({error: errorJson(error)})
    else process.stderr.write(`${describe(error, painter(process.stderr))}\n`)
  }
}

function isStopped(error: Error): boolean {
  return error instanceof PgextError && error.code === 'stopped' && process.exitCode !== undefined
}

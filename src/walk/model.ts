// The words of the walk: two sides in, what differs and how to get there out. Every command reads this and prints it.

import type {Finding} from '../bodies/model.ts'
import type {Deploying} from '../deploy/deploy.ts'
import type {Candidate} from '../diff/candidates.ts'
import type {Catalog, Change, Cost, ObjectId, Plan, Step} from '../diff/model.ts'
import type {Rename} from '../diff/renames.ts'
import type {Unseen} from '../diff/scope.ts'
import type {DumpOptions} from '../dump/model.ts'
import type {PgextError} from '../errors.ts'
import type {SeedFile} from '../migrations/seed.ts'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Measurement} from '../prove/measured.ts'
import type {Loaded, ShadowDatabase, SourceFile, Written} from '../shadow/model.ts'
import type {AddedRequest} from './added.ts'
import type {Graph} from './graph.ts'
import type {Judged, JudgeRequest} from './judged.ts'
import type {Priced} from './priced.ts'
import type {Rehearsal, RehearsalRequest} from './rehearsal.ts'
import type {Workplace} from './sides.ts'
import type {Sound} from './sound.ts'

/**
 * One side of a diff, as the user names it: 'database' (the project's, DATABASE_URL), 'files' (schema.sql + functions/),
 * 'migrations' (their replay; 'migrations:20261121T061500' up to that one, 'migrations:none' before the first), a path of a file or folder, or a postgres:// URL.
 */
export type Side = string

export interface State {
  readonly side: Side
  readonly catalog: Catalog
  /** present when the state was loaded from files */
  readonly loaded?: Loaded
  /** a throwaway database in this state, for renames and the proof; what is left alone and not needed may be missing, and extensions but for those of `versions` be of other versions */
  clone(unneeded?: ReadonlySet<ObjectId>, versions?: ReadonlySet<string>): Promise<ShadowDatabase>
}

export interface Proof {
  /** tables that rows were planted in, and those that could not be filled, with the reason */
  readonly planted: number
  readonly unplanted: readonly {readonly table: string; readonly why: string}[]
  /** the major it ran on, and the target's */
  readonly major: number
  readonly target: number
  /** steps that fail on rows the new rule forbids: hazards that depend on data */
  readonly dataDependent: readonly {readonly step: Step; readonly why: string}[]
  /** where it was asked for */
  readonly measured?: Measurement
}

export interface Measured {
  readonly steps: number
  readonly differing: readonly {readonly step: Step; readonly said: Cost}[]
  readonly unseen: readonly {readonly step: Step; readonly why: string}[]
}

export interface Size {
  readonly bytes: number
  /** as PostgreSQL estimates them; undefined: it was never analysed */
  readonly rows?: number
}

export interface Difference {
  readonly current: State
  readonly desired: State
  /** differences of the schema that the plan settles */
  readonly changes: readonly Change[]
  /** functions of functions/ that differ and wait for deploy-functions */
  readonly waiting: readonly Change[]
  readonly plan: Plan
  /** of the target's tables that its steps lock, by name; empty where there is no database to ask */
  readonly sizes: ReadonlyMap<string, Size>
  /** the renames at the head of the plan that somebody declared or would miss; names that follow go without saying */
  readonly renames: readonly Step[]
  /** what may be a rename, and nobody has said whether it is: the plan drops the one and makes the other */
  readonly candidates: readonly Candidate[]
  /** absent when there is nothing to do, or --no-prove */
  readonly proof?: Proof
  /** where it was asked for: the plan's steps say what was seen, and these differ from what was said before, or could not be looked at */
  readonly measured?: Measured
  /** of a database, where files are held against it: what capture of its realtime tables lacks; absent where there are none */
  readonly capture?: Capturing
  /** kinds that the role may not see, and what the desired state has of them: where that is anything, nobody can say that nothing differs */
  readonly unseen: readonly Unseen[]
  /** things left alone or worth knowing, a sentence each */
  readonly notes: readonly string[]
}

/** Capture of realtime tables (events/), and what keeping it in step takes. */
export interface Capturing {
  /** absent: pg_events is not installed */
  readonly engine?: 'wal' | 'queue'
  readonly isDeclared: boolean
  /** statements about users' tables, with what they lock */
  readonly steps: readonly Step[]
  /** how many there are beside them, in schema pgext */
  readonly inside: number
  readonly sizes: ReadonlyMap<string, Size>
  /** it is of another version than this pgext brings: which one */
  readonly outdated?: string
  /** why nobody could look */
  readonly unseen?: string
}

export interface DifferenceOptions {
  readonly from: Side
  readonly to: Side
  /** false: the plain plan */
  readonly online: boolean
  readonly prove: boolean
  /** each step's locks, rewrites and scans are looked at on a copy, and said in place of what it is known to do */
  readonly measure?: boolean
  /** hazards the user allows: 'data-loss', … ; a plan with data-loss that is not allowed is still returned, `migrate` refuses it */
  readonly allow: ReadonlySet<string>
  readonly renames?: RenameAnswers
  /** the plan is to be run on databases that nobody can look at yet: all tables are taken for used */
  readonly anywhere?: boolean
  /** roles that the project's files name, where a side is what they say without being loaded from them */
  readonly named?: ReadonlySet<string>
  /** somebody is there to be asked: with candidates left, nothing is proven yet */
  readonly asks?: boolean
}

export interface RenameAnswers {
  readonly yes: readonly Rename[]
  /** carried out where both sides have what they speak of, and passed over elsewhere */
  readonly where?: readonly Rename[]
  /** ids of what goes for good, whatever looks like it */
  readonly no: ReadonlySet<string> | 'all'
}

export const NO_ANSWERS: RenameAnswers = {yes: [], no: new Set()}

export interface DeployRequest {
  readonly url: string
  readonly prove: boolean
  /** functions by name, with or without schema; absent: all. What they need among those that differ comes along */
  readonly names?: readonly string[]
  /** one whose argument types change stays beside the new one, for those who still call it */
  readonly keepOld?: boolean
  /** those that pgext deployed, and no file has any more, go; so do those that were kept */
  readonly prune?: boolean
  /** nothing is to be deployed: bodies are looked at on a copy, where the plan has been run */
  readonly rehearse?: boolean
  /** bodies that would fail are deployed, too */
  readonly unchecked?: boolean
  /** everything is looked at, as the routines alone have not told enough */
  readonly whole?: boolean
}

export interface Deployment extends Difference {
  /** how it is carried out; absent: nothing is left to do */
  readonly deploying?: Deploying
  /** its plan only makes or replaces routines, and says things about them: it is proven where it is carried out, before it is committed */
  readonly inPlace: boolean
  /** files' routines, so that what is found in their bodies can be placed */
  readonly written: ReadonlyMap<ObjectId, Written>
  /** what is dropped, or made anew under another signature, and who uses it */
  readonly callers: ReadonlyMap<ObjectId, Callers>
  /** what pgext deployed and no file has: --prune takes it */
  readonly stale: readonly ObjectId[]
  /** of a rehearsal, and of a plan that fails on its copy because of them: what is wrong in bodies */
  readonly findings?: readonly Finding[]
}

export interface Callers {
  readonly uses: readonly ObjectId[]
  /** their texts name it, and nobody can tell whether they mean it */
  readonly may: readonly ObjectId[]
}

/** Deployments again and again, while files change. */
export interface Watching {
  deployment(request: DeployRequest): Promise<Deployment>
  session: Walk['session']
  close(): Promise<void>
}

export interface DumpRequest {
  readonly url: string
  readonly split: DumpOptions['split']
  readonly functions: DumpOptions['functions']
  /** the roles that the schema speaks of are made, too */
  readonly roles: boolean
  readonly prove: boolean
}

export interface Dumped {
  readonly files: readonly SourceFile[]
  /** what is left out or worth knowing, a sentence each */
  readonly notes: readonly string[]
  /** the major on which loading the files made the same schema again; null: nobody has tried */
  readonly proven: number | null
}

export interface TypesRequest {
  readonly from: Side
  /** undefined: all that are the project's */
  readonly schemas?: readonly string[]
  /** for a file that only declares (.d.ts) */
  readonly declares: boolean
}

/** Tells what is being done, for a progress display. */
export type Tell = (doing: string) => void

export interface Walk {
  readonly project: Project
  difference(options: DifferenceOptions): Promise<Difference>
  /** what capture of realtime tables takes once that plan has run; undefined: there are none */
  following(difference: Difference): Promise<Capturing | undefined>
  /** what deploy-functions would do to the database: drops, creates and replacements in dependency order, proven */
  functions(request: DeployRequest): Promise<Deployment>
  /** what a deployment of all of it does to a database, in which order nothing that runs breaks */
  rehearsal(request: RehearsalRequest): Promise<Rehearsal>
  /** the one that looked at that database's functions last, open until the walk is closed */
  session(): Promise<Db | undefined>
  /** the same again and again, by a shadow that stays loaded */
  watch(url: string): Promise<Watching>
  /** a database's schema as files */
  dump(request: DumpRequest): Promise<Dumped>
  /** TypeScript types of what a side holds */
  types(request: TypesRequest): Promise<string>
  /** what opens states, for rooms above that compare others than a diff's two sides; the database is that of the URL among them, else the project's */
  workplace(sides: readonly Side[]): Promise<Workplace>
  /** which functions use what, and what uses them; from what is called so, where something is */
  graph(request: {readonly from: Side; readonly name?: string}): Promise<Graph & {readonly roots?: readonly ObjectId[]}>
  /** whether the files load, and what is wrong in the bodies of their functions */
  sound(): Promise<Sound>
  /** what is wrong with files of rows, tried where the migrations have run and the files say the rest; undefined: nothing, as far as one can see */
  sown(seeds: readonly SeedFile[]): Promise<PgextError | undefined>
  /** the hazards of migrations as they are written */
  judged(request: JudgeRequest): Promise<readonly Judged[]>
  /** what statements of new migrations lock and take away, by a replay */
  added(request: AddedRequest): Promise<Priced>
  close(): Promise<void>
}

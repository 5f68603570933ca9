// A project in; what its parts have logged, merged in order of time, out: once, or as it comes.
import {Args, Flags} from '@oclif/core'
import {PgextError} from '../errors.ts'
import {Last} from '../logs/last.ts'
import {type LogEntry, type LogSource, SOURCES} from '../logs/model.ts'
import {nearest} from '../project/nearest.ts'
import {PgextCommand, urlFlag} from '../terminal/command.ts'
import {whileRead} from '../terminal/serve.ts'

/** entries that are shown where nobody says since when */
const LAST = 200

export default class Logs extends PgextCommand {
  static override description = `show what the database, the API, realtime and pgext itself have logged

Of the local stack, from .pgext/logs; of a server (a target of pgext.json, or --url), PostgreSQL's
own log, as far as the role may read it; of what runs elsewhere, files or commands that pgext.json
names under "logs".
Errors are shown with the line of functions/ they came from. Ctrl-C ends what follows.`
  static override usage =
    'logs [TARGET] [SOURCE]... [--follow] [--since TIME] [--last N] [--level LEVEL] [--grep PATTERN] [--json] [--url URL]'
  static override examples = [
    {description: 'the last of everything', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'what goes wrong, as it does', command: '<%= config.bin %> <%= command.id %> -f --level warn'},
    {description: 'of two of them, of the last ten minutes', command: '<%= config.bin %> <%= command.id %> db rest --since 10m'},
    {description: "a target's", command: '<%= config.bin %> <%= command.id %> production --since 2h --level warn'},
    {
      description: "any server's",
      command: '<%= config.bin %> <%= command.id %> db --since 2h --url postgres://me@db.example.com/shop',
    },
  ]
  static override strict = false
  static override args = {
    source: Args.string({
      description: `${SOURCES.join(', ')}; all that there are by default; any other word is a target of pgext.json`,
      required: false,
    }),
  }
  static override flags = {
    follow: Flags.boolean({char: 'f', description: 'go on with what comes'}),
    since: Flags.string({helpValue: 'TIME', description: 'from then on: 90s, 10m, 2h, 1d ago, or 2026-11-22T14:30'}),
    last: Flags.integer({
      helpValue: 'N',
      min: 0,
      description: `as many of those at the end [default: ${LAST}, and all with --since]`,
    }),
    level: Flags.string({helpValue: 'LEVEL', description: 'this and worse: debug, info, notice, warning, error, fatal'}),
    grep: Flags.string({helpValue: 'PATTERN', description: 'whose message, detail or statement matches this regular expression'}),
    target: Flags.string({
      helpValue: 'NAME',
      description: 'the log of a target of pgext.json, also of one that is called as a source is',
      exclusive: ['url'],
    }),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Logs)
    const [{openLogs}, {readSince}, {readLevel}, {readPattern, wanted}, {merge}] = await Promise.all([
      import('../logs/open.ts'),
      import('../logs/time.ts'),
      import('../logs/level.ts'),
      import('../logs/choice.ts'),
      import('../logs/merge.ts'),
    ])
    const since = flags.since === undefined ? undefined : readSince(flags.since, Date.now())
    const choice = {
      ...(since !== undefined && {since}),
      ...(flags.level !== undefined && {level: readLevel(flags.level)}),
      ...(flags.grep !== undefined && {grep: readPattern(flags.grep)}),
    }
    const project = await this.project({folder: flags.folder})
    const {sources, target} = namedIn(argv as string[], Object.keys(project.settings.targets), flags.target)
    if (target !== undefined && flags.url !== undefined)
      throw new PgextError('usage', `target ${target} names a database, and --url names another`, {
        hint: 'leave one of the two away',
      })
    const url = target === undefined ? flags.url : (await import('../release/destination.ts')).targetUrl(project, target)
    const stop = whileRead()
    const opened = openLogs({
      project,
      sources,
      follow: flags.follow,
      signal: stop.signal,
      tell: (what) => this.note(this.paint('dim', `note: ${what}`)),
      ...(url !== undefined && {url}),
      ...(target !== undefined && {target}),
      ...(since !== undefined && {since}),
    })
    const write = await this.#writer(
      project,
      opened.map(({source}) => source),
    )
    const last = new Last(flags.last ?? (since === undefined ? LAST : undefined))
    const flush = async () => {
      const {entries, passed} = last.take()
      if (passed > 0 && flags.last === undefined)
        this.note(
          this.paint('dim', `note: the last ${entries.length} of ${entries.length + passed}; --since 1d or --last N shows more`),
        )
      for (const entry of entries) if (!stop.signal.aborted) await show(entry)
      if (shown === 0 && !stop.signal.aborted) this.note(this.paint('dim', `note: ${nothing}`))
    }
    let hasCaughtUp = false
    let shown = 0
    const show = async (entry: LogEntry) => {
      shown++
      await write(entry)
    }
    const isChosen = since !== undefined || flags.level !== undefined || flags.grep !== undefined
    const nothing = `nothing is logged ${isChosen ? 'that fits' : 'there yet'}${flags.follow ? '; what comes is shown' : ''}`
    const entries = opened.map(({entries}) => entries)
    try {
      for await (const entry of merge(entries, wanted(choice))) {
        if (stop.signal.aborted) break
        if (entry === 'idle') {
          await flush()
          hasCaughtUp = true
        } else if (hasCaughtUp || last.most === undefined) await show(entry)
        else last.add(entry)
      }
      if (!hasCaughtUp) await flush()
    } finally {
      // one that follows would go on
      stop.abort()
    }
    return undefined
  }

  async #writer(project: Awaited<ReturnType<Logs['project']>>, sources: readonly LogSource[]) {
    const [{drained, LogLines}, {Origins}, {withoutSecrets}] = await Promise.all([
      import('../terminal/log.ts'),
      import('../walk/origin.ts'),
      import('../logs/secret.ts'),
    ])
    const isTerminal = process.stdout.isTTY === true
    const lines = new LogLines({
      paint: this.paint,
      sources,
      isTerminal,
      ...(isTerminal && {columns: () => process.stdout.columns}),
    })
    const origins = new Origins(project)
    return async (entry: LogEntry): Promise<void> => {
      const where = entry.where ?? (await origins.of(entry))
      const placed = withoutSecrets(where === undefined ? entry : {...entry, where})
      const text = this.jsonEnabled() ? JSON.stringify(placed) : lines.of(placed)
      if (!process.stdout.write(`${text}\n`)) await drained()
    }
  }

  /** Lines were written as they came; an error is one more. */
  protected override logJson(json: unknown): void {
    if (json !== undefined) process.stdout.write(`${JSON.stringify(json)}\n`)
  }
}

/** Words that are no source name a target; one that is both is the source, and `--target` names the other. */
function namedIn(
  words: readonly string[],
  targets: readonly string[],
  flag: string | undefined,
): {sources: LogSource[]; target?: string} {
  const isSource = (word: string): word is LogSource => SOURCES.some((source) => source === word)
  const others = words.filter((word) => !isSource(word))
  const wrong = others.find((word) => !targets.includes(word))
  if (wrong !== undefined) throw unknown(wrong, targets)
  const named = [...(flag === undefined ? [] : [flag]), ...others]
  if (named.length > 1)
    throw new PgextError('usage', `the log of one target at a time, and not of ${named.join(' and ')}`, {
      hint: 'run it once for each',
    })
  return {sources: words.filter(isSource), ...(named[0] !== undefined && {target: named[0]})}
}

function unknown(word: string, targets: readonly string[]): PgextError {
  const near = nearest(word, [...SOURCES, ...targets])
  const known = `sources: ${SOURCES.join(', ')}; ${targets.length > 0 ? `targets of pgext.json: ${targets.join(', ')}` : 'pgext.json has no targets'}`
  return new PgextError('usage', `there is neither a source nor a target ${word}`, {
    hint: near ? `did you mean ${near}? ${known}` : known,
  })
}

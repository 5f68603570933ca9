// Work in, its result out; meanwhile a person sees on stderr what is being done. stdout stays for results.
import type {Tell} from '../walk/model.ts'
import {painter} from './paint.ts'
import {beforeEnd} from './stop.ts'

/** milliseconds */
const PATIENCE = 1000
/** what is done sooner, in milliseconds, shows no spinner: loading one takes a quarter of that */
const SOON = 300
/** between two lines about the same work, milliseconds */
const SELDOM = 10_000

export interface Progress {
  /** says what is being done now, within the work that runs */
  readonly tell: Tell
  /** says how far that has come, as often as it likes */
  readonly report: Tell
  during<T>(title: string, work: () => Promise<T>): Promise<T>
}

/** A spinner on a terminal, plain lines elsewhere, nothing at all when silent. */
export function openProgress(silent: boolean): Progress {
  if (silent) return {tell: () => {}, report: () => {}, during: (_, work) => work()}
  return process.stderr.isTTY ? spinner() : lines()
}

/** Said only of what takes its time: a script's log is for reading. */
function lines(): Progress {
  const paint = painter(process.stderr)
  const write = (line: string) => process.stderr.write(`${paint('dim', `· ${line}`)}\n`)
  let timer: NodeJS.Timeout | undefined
  let last = 0
  const tell: Tell = (doing) => {
    clearTimeout(timer)
    timer = setTimeout(() => write(doing), PATIENCE)
    last = performance.now()
  }
  const report: Tell = (state) => {
    if (performance.now() - last < SELDOM) return
    last = performance.now()
    write(state)
  }
  return {
    tell,
    report,
    async during(title, work) {
      tell(title)
      try {
        return await work()
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function spinner(): Progress {
  let retitle: Tell = () => {}
  let explain: Tell = () => {}
  return {
    tell: (doing) => retitle(doing),
    report: (state) => explain(state),
    async during(first, work) {
      let title = first
      retitle = (doing) => {
        title = doing
      }
      const doing = work()
      if (await isDone(doing, SOON)) return doing
      const {Listr, ListrLogger, ProcessOutput} = await import('listr2')
      const logger = new ListrLogger({processOutput: new ProcessOutput(process.stderr, process.stderr, {leaveEmptyLine: false})})
      const result: {value?: Awaited<ReturnType<typeof work>>} = {}
      const tasks = new Listr(
        [
          {
            title,
            task: async (_, task) => {
              retitle = (doing) => {
                task.title = doing
                task.output = ''
              }
              explain = (state) => {
                task.output = state
              }
              result.value = await doing
            },
          },
        ],
        {
          renderer: 'default',
          rendererOptions: {clearOutput: true, logger, showErrorMessage: false},
          exitOnError: true,
          // ctrl-C is not for it to act upon: a database may have to be told first
          registerSignalListeners: false,
        },
      )
      // it keeps all that is written for itself, and the cursor hidden, until it has ended
      const forget = beforeEnd(() => (tasks as unknown as {renderer?: {end(): void}}).renderer?.end())
      try {
        await tasks.run()
      } finally {
        forget()
        retitle = () => {}
        explain = () => {}
      }
      return result.value as Awaited<ReturnType<typeof work>>
    },
  }
}

async function isDone(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const later = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const ended = () => true
  return Promise.race([work.then(ended, ended), later]).finally(() => clearTimeout(timer))
}

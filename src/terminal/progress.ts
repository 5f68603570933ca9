// Work in, its result out; meanwhile a person sees on stderr what is being done. stdout stays for results.
import type {Tell} from '../walk/model.ts'
import {painter} from './paint.ts'

/** milliseconds */
const PATIENCE = 1000

export interface Progress {
  /** says what is being done now, within the work that runs */
  readonly tell: Tell
  during<T>(title: string, work: () => Promise<T>): Promise<T>
}

/** A spinner on a terminal, plain lines elsewhere, nothing at all when silent. */
export function openProgress(silent: boolean): Progress {
  if (silent) return {tell: () => {}, during: (_, work) => work()}
  return process.stderr.isTTY ? spinner() : lines()
}

/** Said only of what takes its time: a script's log is for reading. */
function lines(): Progress {
  const paint = painter(process.stderr)
  let timer: NodeJS.Timeout | undefined
  const tell: Tell = (doing) => {
    clearTimeout(timer)
    timer = setTimeout(() => process.stderr.write(`${paint('dim', `· ${doing}`)}\n`), PATIENCE)
  }
  return {
    tell,
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
  return {
    tell: (doing) => retitle(doing),
    async during(title, work) {
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
              }
              result.value = await work()
            },
          },
        ],
        {renderer: 'default', rendererOptions: {clearOutput: true, logger, showErrorMessage: false}, exitOnError: true},
      )
      try {
        await tasks.run()
      } finally {
        retitle = () => {}
      }
      return result.value as Awaited<ReturnType<typeof work>>
    },
  }
}

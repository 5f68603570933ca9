// A command of pgext.json in; it run in the project's folder, by the shell, out: what it said last, where it fails.
import {spawn} from 'node:child_process'
import {stripVTControlCharacters} from 'node:util'
import {PgextError} from '../errors.ts'
import {logOf} from '../terminal/record.ts'
import {hidePasswords} from '../terminal/url.ts'
import type {Destination} from './destination.ts'

/** lines of its output that an error shows */
const LAST = 12

export async function runCommand(
  command: string,
  what: string,
  {project, label, place}: Pick<Destination, 'project' | 'label' | 'place'>,
  report: (line: string) => void,
): Promise<void> {
  const said: string[] = []
  const env = {
    ...process.env,
    PGEXT_TARGET: label,
    ...(place.rest && {PGEXT_REST_URL: place.rest}),
    ...(place.events && {PGEXT_EVENTS_URL: place.events}),
  }
  const log = logOf(project.folder, 'frontend')
  log?.write({message: command, detail: what})
  const child = spawn(command, {shell: true, cwd: project.folder, env, stdio: ['ignore', 'pipe', 'pipe']})
  let rest = ''
  const hear = (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split(/\r?\n/)
    rest = lines.pop()!
    for (const line of lines.filter((one) => one.trim() !== '')) {
      report(line)
      log?.write({message: stripVTControlCharacters(line)})
      said.push(line)
      if (said.length > LAST) said.shift()
    }
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const how = await new Promise<string | undefined>((resolve) => {
    child.once('error', ({message}) => resolve(message))
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : signal ? `ended by ${signal}` : `exit code ${code}`))
  })
  if (rest.trim() !== '') log?.write({message: stripVTControlCharacters(rest)})
  log?.write(how === undefined ? {message: `${what} is done`} : {level: 'error', message: `${what} failed (${how})`})
  log?.close()
  if (how === undefined) return
  const last = [...said, rest].filter((line) => line.trim() !== '').map((line) => `  ${hidePasswords(line)}`)
  throw new PgextError('stopped', `${what} failed (${how}): ${command}${last.length > 0 ? `\n${last.join('\n')}` : ''}`, {
    hint: `run it in ${project.folder} to see all that it says`,
  })
}

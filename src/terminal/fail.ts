// What no command caught in (an unknown command, a broken installation), a message and exit code 1 out.
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core'
import {PgextError} from '../errors.ts'
import {nearest} from '../project/nearest.ts'
import {describe, errorJson} from './error.ts'
import {painter} from './paint.ts'

export async function fail(error: unknown, home: string): Promise<void> {
  process.exitCode = 1
  const known = await nameCommand(error, home)
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({error: errorJson(known)}, null, 2)}\n`)
  else process.stderr.write(`${describe(known, painter(process.stderr))}\n`)
}

/** oclif says `command dif not found`; what was meant is said here. */
async function nameCommand(error: unknown, home: string): Promise<unknown> {
  const id = error instanceof Error ? /^command (\S+) not found/i.exec(error.message)?.[1] : undefined
  if (!id) return error
  const {commandIDs} = await Config.load(fileURLToPath(home))
  const parent = commandIDs.filter((known) => id.startsWith(`${known}:`)).sort((a, b) => b.length - a.length)[0]
  if (parent) {
    const extra = id.slice(parent.length + 1).replaceAll(':', ' ')
    const near = nearest(
      id,
      commandIDs.filter((known) => known.startsWith(`${parent}:`)),
    )
    const hint = `${near ? `did you mean pgext ${near}? ` : ''}pgext ${parent} --help shows what it takes`
    return new PgextError('usage', `${parent} takes no argument: ${extra}`, {hint})
  }
  const near = nearest(id, commandIDs)
  const hint = near ? `did you mean pgext ${near}?` : 'pgext --help lists the commands'
  return new PgextError('usage', `no such command: ${id}`, {hint})
}

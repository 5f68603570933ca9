// A database's folder in; a mark beside it that this process has it out: two engines on one folder would destroy it.
import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {PgextError} from '../errors.ts'

/** Gives back what takes the mark away. */
export function lock(folder: string): () => void {
  const file = `${folder.replace(/\/+$/, '')}.pid`
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, String(process.pid), {flag: 'wx'})
      return () => rmSync(file, {force: true})
    } catch (cause) {
      if ((cause as {code?: string}).code !== 'EEXIST') throw cause
      const pid = holder(file)
      if (pid !== undefined && pid !== process.pid && isAlive(pid))
        throw new PgextError('engine-missing', `${folder} is in use by process ${pid}`, {
          hint: 'connect to that one, or end it',
          cause,
        })
      if (tries > 3) throw cause
      // whoever left it is gone
      rmSync(file, {force: true})
    }
  }
}

function holder(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as {code?: string}).code === 'EPERM'
  }
}

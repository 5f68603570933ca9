// A file of tests in, the CPU seconds that it and all its processes took out: one line in the file that PGEXT_CPU names. Linux only.
import {appendFileSync, readdirSync, readFileSync} from 'node:fs'
import {relative} from 'node:path'
import {afterAll, expect} from 'vitest'

/** Clock ticks a second, on every Linux that Node runs on. */
const TICKS = 100

afterAll(() => {
  const all = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => timesOf(pid)),
  )
  const isOurs = (pid: number): boolean => pid === process.pid || (all.has(pid) && isOurs(all.get(pid)!.parent))
  const ours = [...all].filter(([pid]) => isOurs(pid))
  const sum = (pick: (times: {own: number; reaped: number}) => number) =>
    (ours.reduce((total, [, times]) => total + pick(times), 0) / TICKS).toFixed(1)
  const {own} = all.get(process.pid)!
  const whole = sum((times) => times.own + times.reaped)
  const file = relative(process.cwd(), expect.getState().testPath!)
  const wall = process.uptime().toFixed(1)
  appendFileSync(
    process.env.PGEXT_CPU!,
    `${whole.padStart(7)} s CPU  ${(own / TICKS).toFixed(1).padStart(6)} s its own  ${wall.padStart(6)} s  ${file}\n`,
  )
})

/** Its own, and those of its children that have ended. */
function timesOf(pid: string): [number, {parent: number; own: number; reaped: number}][] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name of the program, in parentheses, may hold anything
    const fields = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent, own, reaped] = [fields[1]!, fields[11]! + fields[12]!, fields[13]! + fields[14]!]
    return [[Number(pid), {parent, own, reaped}]]
  } catch {
    return []
  }
}

// pgext and PostgreSQL killed at every step of a long plan, and in the middle of steps: a plain re-run ends as if nothing had happened.
// PGEXT_CHAOS_KILLS: how many; PGEXT_CHAOS_SEED: the faults of an earlier run; PGEXT_CHAOS_MAJOR: on that major alone.
import {isDeepStrictEqual} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {pgext} from '../commands/run.ts'
import {faultAt, faultsFor} from './fault.ts'
import {type Found, makeProject, type Project, removeProject} from './project.ts'
import {diceOf} from './random.ts'
import {playRound, type Ran} from './round.ts'
import {Server} from './server.ts'
import {Wire} from './wire.ts'

const {PGEXT_CHAOS_KILLS: kills, PGEXT_CHAOS_SEED: seed, PGEXT_CHAOS_MAJOR: major, PGEXT_MAJORS: majors} = process.env
const KILLS = Number(kills ?? 5)
const SEED = Number(seed ?? Date.now() % 1_000_000)
const MAJORS = major ? [Number(major)] : majors === 'all' && findBinaries(14) ? [14, 18] : [18]
/** every so many rounds the run that goes on is killed as well */
const TWICE = 5
/** failures after which no more are looked for */
const ENOUGH = 5

// Windows has no SIGKILL that leaves a server's processes as a power cut would
describe.skipIf(process.platform === 'win32').each(MAJORS)('PostgreSQL %i', (major) => {
  let server: Server
  let project: Project
  let wire: Wire
  let port: number
  let calm: Found
  let sent: readonly string[]

  beforeAll(async () => {
    server = await Server.start(major)
    project = await makeProject(server)
    wire = new Wire(server.socket)
    port = await wire.listen()
    const {runs, found} = await playRound(project, wire, port, [])
    expect(runs[0]).toMatchObject({code: 0})
    calm = found
    sent = wire.sent
  }, 120_000)

  afterAll(async () => {
    await wire?.close()
    await server?.close()
    if (project) await removeProject(project)
  })

  test('undisturbed, it is what the files say', async () => {
    const {code, out, err} = await pgext(['diff', '-C', project.folder, '--url', server.url('round')])
    expect(code, `${out}${err}`).toBe(0)
    expect(calm.left).toEqual([])
    expect(sent.length).toBeGreaterThan(100)
  })

  test(
    `${KILLS} kills, seed ${SEED}`,
    async () => {
      const dice = diceOf(SEED + 1)
      const faults = faultsFor(sent, SEED, KILLS)
      const failures: string[] = []
      for (let at = 0, round = 0; at < faults.length && failures.length < ENOUGH; round++) {
        const first = faults[at++]!
        const isTwice = round % TWICE === TWICE - 1 && at++ < faults.length
        const met = isTwice ? [first, faultAt(1 + dice.roll(sent.length / 3), sent, dice)] : [first]
        const {runs, found} = await playRound(project, wire, port, met)
        const wrong = wrongWith(runs, found, calm)
        const told = {met: met.map((fault) => ({...fault, sql: sent[fault.exchange - 1]})), runs}
        if (wrong.length > 0) failures.push(`${wrong.join('\n')}\n${JSON.stringify(told, null, 2)}`)
      }
      expect(failures.join('\n\n'), `PGEXT_CHAOS_SEED=${SEED} PGEXT_CHAOS_KILLS=${KILLS}`).toBe('')
    },
    60_000 + KILLS * 30_000,
  )
})

function wrongWith(runs: readonly Ran[], found: Found, calm: Found): string[] {
  const wrong: string[] = []
  if (runs.slice(0, -1).every(({hit}) => !hit)) wrong.push('no fault was met')
  if (runs.some(({said}) => said.includes('fault in pgext'))) wrong.push('a fault in pgext')
  if (runs.at(-1)!.code !== 0) wrong.push(`the plain run ended with ${runs.at(-1)!.code}`)
  const differs = (Object.keys(calm) as (keyof Found)[]).filter((key) => !isDeepStrictEqual(found[key], calm[key]))
  return [...wrong, ...differs.map((key) => `${key} differs: ${JSON.stringify(found[key])}, not ${JSON.stringify(calm[key])}`)]
}

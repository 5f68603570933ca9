// pgext and PostgreSQL killed at every step of a long plan, and in the middle of steps: a plain re-run ends as if nothing had happened.
// PGEXT_CHAOS_KILLS: how many; PGEXT_CHAOS_SEED: the faults of an earlier run; PGEXT_CHAOS_MAJOR: on that major.
import {isDeepStrictEqual} from 'node:util'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {pgext} from '../commands/run.ts'
import {type Fault, faultAt, faultsFor} from './fault.ts'
import {copyShop, type Found, look, makeProject, on, type Project, removeProject} from './project.ts'
import {diceOf} from './random.ts'
import {playRound} from './round.ts'
import {Server} from './server.ts'
import {Wire} from './wire.ts'

const KILLS = Number(process.env.PGEXT_CHAOS_KILLS ?? 8)
const SEED = Number(process.env.PGEXT_CHAOS_SEED ?? Date.now() % 1_000_000)
const MAJOR = Number(process.env.PGEXT_CHAOS_MAJOR ?? 18)
/** every so many rounds the run that goes on is killed as well */
const TWICE = 5
/** failures after which no more are looked for */
const ENOUGH = 5

let server: Server
let project: Project
let wire: Wire
let port: number
let calm: Found
let sent: readonly string[]

beforeAll(async () => {
  server = await Server.start(MAJOR)
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
      failures.push(...(await survive(met)))
    }
    expect(failures.join('\n\n'), `PGEXT_CHAOS_SEED=${SEED} PGEXT_CHAOS_KILLS=${KILLS}`).toBe('')
  },
  60_000 + KILLS * 30_000,
)

/** What is not as it should be, with all that led to it. */
async function survive(faults: readonly Fault[]): Promise<string[]> {
  const {runs, found} = await playRound(project, wire, port, faults)
  const wrong: string[] = []
  if (runs.some(({said}) => said.includes('fault in pgext'))) wrong.push('a fault in pgext')
  if (runs.at(-1)!.code !== 0) wrong.push(`the plain run ended with ${runs.at(-1)!.code}`)
  const differs = (Object.keys(calm) as (keyof Found)[]).filter((key) => !isDeepStrictEqual(found[key], calm[key]))
  wrong.push(...differs.map((key) => `${key} differs: ${JSON.stringify(found[key])}, not ${JSON.stringify(calm[key])}`))
  if (wrong.length === 0) return []
  const met = faults.map((fault) => ({...fault, sql: sent[fault.exchange - 1]}))
  return [`${wrong.join('\n')}\n${JSON.stringify({met, runs}, null, 2)}`]
}

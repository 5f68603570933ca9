// How the tests run: three files at a time (each starts a PostgreSQL of its own; many of them wait for something, so that two leave a core idle). `--mode all`: all fixtures on all majors, fetched where missing;
// `--mode chaos`: 250 kills; `--mode soak`: a million changes by each engine; `--mode locks`: what statements lock on all majors, written to docs/locks.md.
import {defineConfig} from 'vitest/config'
import {BaseSequencer, type TestSpecification} from 'vitest/node'
import {flaky} from './test/support/flaky.ts'

/** They take minutes: begun last, one of them would run on when all the others are done. */
const LONG = [
  ...['fixtures', 'majors/15', 'dev/mishap', 'docs/pages', 'commands/realtime', 'commands/deploy', 'commands/main'],
  ...['fixtures-pglite', 'realtime/bus', 'chaos/chaos', 'events/wal-stream', 'generated'],
].map((name) => `test/${name}.test.ts`)

/** What `npm test` leaves to `npm run test:all`, for time: commands, as each test starts dozens of processes, and what waits for clocks. */
const LEFT = [
  ...['measure', 'candidates', 'tablespaces', 'external', 'ignore', 'theirs'],
  ...['undo', 'using', 'scope', 'plan', 'deployed', 'cluster', 'swaps', 'renames', 'pooled'],
  ...['full', 'verify', 'stop'],
]
  .map((name) => `test/commands/${name}.test.ts`)
  .concat(['programs', 'process'].map((name) => `test/wire/${name}.test.ts`))
  .concat(['events/soak', 'events/wal-silence', 'realtime/live-refresh', 'realtime/slot'].map((name) => `test/${name}.test.ts`))
  .concat('test/bodies/uses-corpus.test.ts', 'test/commands/json.test.ts', 'test/dump/names.test.ts', 'test/dev/stop.test.ts')

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({moduleId}: TestSpecification) => LONG.some((name) => moduleId.endsWith(name))
    const rest = await super.sort(files.filter((file) => !isLong(file)))
    const placeOf = ({moduleId}: TestSpecification) => LONG.findIndex((name) => moduleId.endsWith(name))
    return [...files.filter(isLong).sort((a, b) => placeOf(a) - placeOf(b)), ...rest]
  }
}

export default defineConfig(({mode}) => ({
  test: {
    include: ['test/**/*.test.ts'],
    ...(mode === 'test' && !process.argv.some((arg) => arg.includes('test/')) && {exclude: leftOut()}),
    // of a whole run: thousands of tests, many of them about time, on a machine that does other things too; what passes at the second try is named at the end
    ...(!process.argv.some((arg) => arg.includes('test/')) && {retry: 1}),
    reporters: ['default', flaky],
    pool: 'forks',
    maxWorkers: 3,
    sequence: {sequencer: LongFirst},
    ...(process.env.PGEXT_CPU && {setupFiles: ['test/support/cpu.ts']}),
    ...(mode === 'docs' && {env: {PGEXT_DOCS: 'write'}}),
    ...(mode === 'locks' && {env: {PGEXT_MAJORS: 'all', PGEXT_LOCKS: 'write'}, globalSetup: ['test/majors/fetch.ts']}),
    ...(mode === 'all' && {
      env: {PGEXT_MAJORS: 'all', PGEXT_PGLITE: 'all', PGEXT_DUMPS: 'all', PGEXT_RUNS: '300', PGEXT_LOAD: 'full'},
      globalSetup: ['test/majors/fetch.ts'],
    }),
    ...(mode === 'chaos' && {env: {PGEXT_CHAOS_KILLS: process.env.PGEXT_CHAOS_KILLS ?? '250'}}),
    ...(mode === 'soak' && {
      env: {
        PGEXT_SOAK_EVENTS: process.env.PGEXT_SOAK_EVENTS ?? '1000000',
        PGEXT_SOAK_SECONDS: process.env.PGEXT_SOAK_SECONDS ?? '900',
      },
    }),
    // PGlite takes seconds to start where the cores are busy, a cluster and its databases about one
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
}))

function leftOut(): string[] {
  console.info(`left to npm run test:all: ${LEFT.join(', ')}`)
  return ['node_modules/**', ...LEFT]
}

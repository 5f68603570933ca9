// How the tests run: two files at a time (each starts a PostgreSQL of its own). `--mode all`: all fixtures on all majors, fetched where missing;
// `--mode chaos`: 250 kills.
import {defineConfig} from 'vitest/config'

export default defineConfig(({mode}) => ({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    ...(mode === 'all' && {env: {PGEXT_MAJORS: 'all', PGEXT_PGLITE: 'all'}, globalSetup: ['test/majors/fetch.ts']}),
    ...(mode === 'chaos' && {env: {PGEXT_CHAOS_KILLS: process.env.PGEXT_CHAOS_KILLS ?? '250'}}),
    // PGlite takes seconds to start where the cores are busy, a cluster and its databases about one
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
}))

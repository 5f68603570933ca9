// How the tests run: two files at a time (each starts a PostgreSQL of its own), the longest first.
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // PGlite takes seconds to start where the cores are busy, a cluster and its databases about one
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
})

#!/usr/bin/env node
// `pgext serve` under the name of what it is.
process.argv.splice(2, 0, 'serve')
await import('./run.js')

#!/usr/bin/env node
// `pgext serve --eventserv` under the name of what it stands in for.
process.argv.splice(2, 0, 'serve', '--eventserv')
await import('./run.js')

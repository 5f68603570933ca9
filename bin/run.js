#!/usr/bin/env node
// The command line in; hands over to oclif. `pgext help diff` means `pgext diff --help`.
import {run} from '@oclif/core'

const argv = process.argv.slice(2)
const [first, ...rest] = argv

try {
  await run(first === 'help' ? [...rest, '--help'] : argv, import.meta.url)
} catch (error) {
  const {fail} = await import('../dist/terminal/fail.js')
  await fail(error, import.meta.url)
}

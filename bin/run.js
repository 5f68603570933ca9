#!/usr/bin/env node
// The command line in; hands over to oclif. `pgext help diff` means `pgext diff --help`.

// a tenth of what a call costs: oclif would load a library to look whether this Node is new enough for it, and package.json says that
process.env.OCLIF_DISABLE_ENGINE_WARNING ??= '1'
const {run} = await import('@oclif/core')

const argv = process.argv.slice(2)
const [first, ...rest] = argv

try {
  await run(first === 'help' ? [...rest, '--help'] : argv, import.meta.url)
} catch (error) {
  const {fail} = await import('../dist/terminal/fail.js')
  await fail(error, import.meta.url)
}

// A command has closed what it opened; what it forgot must not keep whoever waits for this process, and is said: it is a fault of pgext.
// One that is spoken to has more to run.
const leave = () => {
  if (process.stdout.writableLength + process.stderr.writableLength > 0) return void setTimeout(leave, 500).unref()
  const left = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap')
  process.stderr.write(`pgext had ended, and was kept open by ${left.join(', ')}: please report this\n`, () => process.exit())
}
if (!process.send) setTimeout(leave, 3000).unref()

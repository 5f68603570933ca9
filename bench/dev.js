// How long `pgext dev` takes until everything is ready: the first start on a machine that has never run pgext, a later one, by engine; and
// until what is saved is live. Medians of five.
import {execFileSync, spawn} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'

const PROGRAM = new URL('../bin/run.js', import.meta.url).pathname
const RUNS = process.argv.includes('--runs') ? Number(process.argv[process.argv.indexOf('--runs') + 1]) : 5
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

function start(folder, engine) {
  const began = performance.now()
  const child = spawn(process.execPath, [PROGRAM, 'dev', '--json', '--engine', engine, '-C', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {...process.env, PGEXT_CACHE: join(folder, '..', 'cache')},
  })
  const waiting = []
  createInterface({input: child.stdout}).on('line', (line) => {
    if (!line.startsWith('{')) return
    const said = JSON.parse(line)
    for (const one of waiting.splice(0))
      if (one.fits(said)) one.resolve(performance.now())
      else waiting.push(one)
  })
  const until = (fits) => new Promise((resolve) => waiting.push({fits, resolve}))
  return {
    ready: until(({ready}) => ready).then((at) => at - began),
    until,
    async end() {
      const at = performance.now()
      child.kill('SIGINT')
      await new Promise((resolve) => child.once('close', resolve))
      return performance.now() - at
    },
  }
}

async function saved(dev, path, what, change) {
  const done = dev.until(({did}) => did === what)
  const began = performance.now()
  writeFileSync(path, change(readFileSync(path, 'utf8')))
  return (await done) - began
}

for (const engine of ['native', 'pglite']) {
  const figures = {first: [], later: [], schema: [], function: [], end: []}
  for (let run = 0; run < RUNS; run++) {
    const home = mkdtempSync(join(tmpdir(), 'pgext-bench-dev-'))
    execFileSync('chmod', ['755', home])
    execFileSync(process.execPath, [PROGRAM, 'init', 'app', '--yes', '-C', home], {stdio: 'ignore'})
    const folder = join(home, 'app')
    mkdirSync(join(home, 'cache'), {mode: 0o755})
    const first = start(folder, engine)
    figures.first.push(await first.ready)
    await first.end()
    const later = start(folder, engine)
    figures.later.push(await later.ready)
    // a first save loads what is kept loaded from then on
    await saved(later, join(folder, 'functions/complete_task.sql'), 'functions/', (text) => text.replace('= true', '= (true)'))
    figures.function.push(
      await saved(later, join(folder, 'functions/complete_task.sql'), 'functions/', (text) => text.replace('= (true)', '= true')),
    )
    figures.schema.push(
      await saved(later, join(folder, 'schema.sql'), 'schema.sql', (text) =>
        text.replace('  completed boolean', '  note text,\n  completed boolean'),
      ),
    )
    figures.end.push(await later.end())
    rmSync(home, {recursive: true, force: true, maxRetries: 5})
  }
  const shown = Object.entries(figures).map(([name, times]) => `${name} ${Math.round(median(times))}`)
  console.log(`${engine.padEnd(7)} ${shown.join(', ')} ms`)
}

// The sources in; the rules of the house (ARCHITECTURE.md) held: who imports whom, who prints, who exits, how long a file is.
import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {describe, expect, test} from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** Imports point down this list. */
const ROOMS = [
  'index.ts',
  'commands',
  'release',
  'dev',
  'terminal',
  'check',
  'history',
  'doctor',
  'walk',
  'deploy',
  'realtime',
  'events',
  'wire',
  'migrations',
  'prove',
  'cost',
  'bodies',
  'types',
  'logs',
  'project',
  'dump',
  'shadow',
  'diff',
  'postgres',
  'client',
  'whole.ts',
  'errors.ts',
]

/** What a room may know of one above it: types alone, which leave nothing behind. */
const TYPES_FROM_ABOVE: readonly string[] = ['prove/prove.ts ← walk/model.ts']

/** Their texts hold those of small processes of their own, which outlive this one to sweep up after it. */
const HOLD_A_PROCESS: readonly string[] = ['shadow/cluster.ts', 'dev/child.ts']

/** Pure: no database, no clock, no files; they know kinds by the list alone. */
const PURE = /^diff\/(compare|plan|order|render|fates|relations|components|step|id|mentions|renames)\.ts$/
const PURE_MAY_IMPORT = /^(diff\/.*|errors\.ts|postgres\/quote\.ts)$/

const DRIVERS = new Set(['postgres', '@electric-sql/pglite', 'libpg-query'])
/** `wire` serves PGlite itself, as bytes */
const DRIVER_ROOMS = new Set(['postgres', 'shadow', 'wire'])
/** speaks the replication protocol, on a driver of its own */
const REPLICATION = new Set(['pg', 'pg-logical-replication'])

const LONGEST = 300
const LONG = 250

interface Source {
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

interface Import {
  /** 'diff/plan.ts', or a package's name */
  readonly to: string
  readonly isLocal: boolean
  readonly isType: boolean
}

const sources = files(SRC).map(read)

describe('the house', () => {
  test('imports point down the list of rooms', () => {
    const wrong = sources.flatMap(({path, imports}) =>
      imports
        .filter(({to, isLocal}) => isLocal && rank(to) < rank(path))
        .filter(({to, isType}) => !(isType && TYPES_FROM_ABOVE.includes(`${path} ← ${to}`)))
        .map(({to, isType}) => `${path} imports ${isType ? 'types of ' : ''}${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('every room is known', () => {
    expect([...new Set(sources.map(({path}) => room(path)))].filter((name) => !ROOMS.includes(name))).toEqual([])
  })

  test('comparing, planning, ordering and rendering are pure', () => {
    const pure = sources.filter(({path}) => PURE.test(path))
    expect(pure.length).toBeGreaterThan(6)
    const wrong = pure.flatMap(({path, imports}) =>
      imports
        .filter(({to, isLocal, isType}) => !isType && !(isLocal && PURE_MAY_IMPORT.test(to)))
        .map(({to}) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('only postgres/, shadow/ and wire/ import a driver or the parser', () => {
    const wrong = sources.flatMap(({path, imports}) =>
      imports
        .filter(({to, isLocal}) => !isLocal && DRIVERS.has(packageOf(to)) && !DRIVER_ROOMS.has(room(path)))
        .map(({to}) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('only events/wal speaks the replication protocol', () => {
    const wrong = sources.flatMap(({path, imports}) =>
      imports
        .filter(({to, isLocal}) => !isLocal && REPLICATION.has(packageOf(to)) && !path.startsWith('events/wal/'))
        .map(({to}) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('only realtime/bus speaks to NATS', () => {
    const wrong = sources.flatMap(({path, imports}) =>
      imports
        .filter(({to, isLocal}) => !isLocal && packageOf(to).startsWith('@nats-io/') && !path.startsWith('realtime/bus/'))
        .map(({to}) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('only commands/ and terminal/ print', () => {
    expect(saying(/\bconsole\.|\bprocess\.(stdout|stderr)\.write\b/, ['commands', 'terminal'])).toEqual([])
  })

  test('only oclif exits', () => {
    expect(saying(/\bprocess\.(exit|abort)\(/, [])).toEqual([])
    expect(saying(/\bprocess\.exitCode\b/, ['commands', 'terminal'])).toEqual([])
  })

  test('no file is longer than it can be read at once', () => {
    const lengths = sources.map(({path, text}) => ({path, lines: text.split('\n').length - 1}))
    const long = lengths.filter(({lines}) => lines > LONG)
    if (long.length > 0) console.info(`over ${LONG} lines: ${long.map(({path, lines}) => `${path} (${lines})`).join(', ')}`)
    expect(lengths.filter(({lines}) => lines > LONGEST)).toEqual([])
  })

  test('the first line of a file says what comes in and what goes out', () => {
    expect(sources.filter(({text}) => !/^(\/\/|\/\*) ?\S/.test(text)).map(({path}) => path)).toEqual([])
  })

  test('files are named by a lower-case noun, and never after a drawer', () => {
    const drawer = /^(utils?|helpers?|common|managers?|services?|base|misc)\.ts$/
    const names = sources.map(({path}) => path.split('/').at(-1)!)
    expect(names.filter((name) => !/^[a-z][a-z-]*\.ts$/.test(name) || drawer.test(name))).toEqual([])
  })

  test('nothing is imported that no package.json names', () => {
    const {dependencies, optionalDependencies} = manifest()
    const known = new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies)])
    const wrong = sources.flatMap(({path, imports}) =>
      imports
        .filter(({to, isLocal}) => !isLocal && !to.startsWith('node:') && !known.has(packageOf(to)))
        .map(({to}) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('dependencies are pinned exactly', () => {
    const {dependencies, optionalDependencies, devDependencies} = manifest()
    const all = Object.entries({...dependencies, ...optionalDependencies, ...devDependencies})
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version as string))).toEqual([])
  })

  test('no file speaks of the place where it was made', () => {
    // put together, so that this file does not speak of it either
    const words = [['', 'work', ''].join('/'), ['', 'tmp', 'code', ''].join('/'), ['sub', 'agent'].join('')]
    const tracked = trackedFiles()
    const wrong = tracked.filter((path) => words.some((word) => readFileSync(join(ROOT, path), 'utf8').includes(word)))
    expect(wrong).toEqual([])
  })
})

function read(file: string): Source {
  const text = readFileSync(file, 'utf8')
  const statement = /^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm
  const dynamic = /\bimport\('([^']+)'\)/g
  const imports = [
    ...[...text.matchAll(statement)].map(([, type, names = '', to]) =>
      importOf(file, to!, type !== undefined || isTypesAlone(names)),
    ),
    ...[...text.matchAll(dynamic)].map(([, to]) => importOf(file, to!, false)),
  ]
  return {path: relative(SRC, file), text, imports}
}

/** `{type A, type B}` */
function isTypesAlone(names: string): boolean {
  const list = names
    .match(/^\{([^}]*)\}$/)?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  return list !== undefined && list.length > 0 && list.every((name) => name.startsWith('type '))
}

function importOf(file: string, to: string, isType: boolean): Import {
  if (!to.startsWith('.')) return {to, isLocal: false, isType}
  const path = resolve(dirname(file), to)
  expect(existsSync(path), `${file} imports ${to}`).toBe(true)
  return {to: relative(SRC, path), isLocal: true, isType}
}

function saying(words: RegExp, rooms: readonly string[]): string[] {
  return sources
    .filter(({path}) => !rooms.includes(room(path)) && !HOLD_A_PROCESS.includes(path))
    .flatMap(({path, text}) =>
      text
        .split('\n')
        .flatMap((line, at) => (words.test(line) && !/^\s*(\/\/|\*)/.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
    )
}

function files(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true, recursive: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

const room = (path: string): string => path.split('/')[0]!
const rank = (path: string): number => ROOMS.indexOf(room(path))
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
const manifest = () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Without git (a tarball) the sources alone are looked at. */
function trackedFiles(): string[] {
  try {
    const list = execFileSync('git', ['ls-files', '-z'], {cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']})
    return list.split('\0').filter((path) => path && existsSync(join(ROOT, path)))
  } catch {
    return sources.map(({path}) => join('src', path))
  }
}

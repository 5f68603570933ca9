// What other tools take for the same work: each a name and its jobs, each job a name and a function that gives milliseconds.
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {timed} from './timing.js'

/** npm run bench:peers puts it there */
const require = createRequire(new URL('./peers/package.json', import.meta.url))

/** A peer on PATH that compares two databases by their URLs. */
const between = (name, args) => ({
  jobs: ({old, same, fresh}) => [
    [`${name}, two equal databases`, () => timed(name, args(old, same))],
    [`${name}, some changed`, () => timed(name, args(old, fresh))],
  ],
})

const migra = {
  jobs: ({old, same, fresh}) => [
    ['@pgkit/migra, two equal databases', () => timed(process.execPath, [migraCommand(), 'run', old, same, '--unsafe'])],
    ['@pgkit/migra, some changed', () => timed(process.execPath, [migraCommand(), 'run', old, fresh, '--unsafe'])],
  ],
}

function migraCommand() {
  try {
    return join(require.resolve('@pgkit/migra/package.json'), '..', 'dist', 'command.js')
  } catch {
    throw new Error('not installed: npm run bench:peers')
  }
}

const dump = {jobs: ({old, folder}) => [['pg_dump -s', () => timed('pg_dump', ['-s', '-f', join(folder, 'dump.sql'), old])]]}

/** Those that compare a database with a file of what pg_dump wrote. */
const withFile = (name, args) => ({
  jobs: ({old, folder}) => [[`${name}, equal`, () => timed(name, args(new URL(old), join(folder, 'dump.sql')))]],
})

export const PEERS = [
  dump,
  migra,
  between('pg-schema-diff', (from, to) => ['plan', '--from-dsn', from, '--to-dsn', to]),
  between('pg-delta', (from, to) => ['plan', '--source', from, '--target', to]),
  withFile('pgschema', (url, file) => [
    'plan',
    '--host',
    url.hostname,
    '--port',
    url.port,
    '--db',
    url.pathname.slice(1),
    '--user',
    url.username,
    '--file',
    file,
  ]),
  withFile('psqldef', (url, file) => [
    '--dry-run',
    '-h',
    url.hostname,
    '-p',
    url.port,
    '-U',
    url.username,
    '-f',
    file,
    url.pathname.slice(1),
  ]),
]

// A PostgreSQL major in, pg_events as an extension out: its files, and a Debian package of them. The SQL is what pgext itself installs.
import {execFileSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const SOURCE = fileURLToPath(new URL('../templates/pg_events', import.meta.url))
const GUARD = '\\echo Use "CREATE EXTENSION pg_events" to load this file. \\quit\n'

/** As the Makefile makes them: a file's name, and its text. */
export function extensionFiles(source = SOURCE) {
  const read = (...path) => readFileSync(join(source, ...path), 'utf8')
  const control = read('pg_events.control')
  const version = /^default_version = '(.+)'$/m.exec(control)[1]
  const parts = readdirSync(source)
    .filter((name) => /^\d-.*\.sql$/.test(name))
    .sort()
  const functions = parts.filter((name) => !name.startsWith('1-')).map((name) => read(name))
  const folder = join(source, 'upgrade')
  const upgrades = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sql')) : []
  // functions are renewed on the last way, where all that they speak of is there
  const renewed = (name) => (name.endsWith(`--${version}.sql`) ? functions : [])
  return {
    version,
    files: {
      'pg_events.control': control,
      [`pg_events--${version}.sql`]: GUARD + parts.map((name) => read(name)).join(''),
      ...Object.fromEntries(
        upgrades.map((name) => [`pg_events--${name}`, GUARD + [read('upgrade', name), ...renewed(name)].join('')]),
      ),
    },
  }
}

/** postgresql-N-pg-events, for Debian's PostgreSQL; needs dpkg-deb. */
export function packageDeb(major, out) {
  const {version, files} = extensionFiles()
  const root = mkdtempSync(join(tmpdir(), 'pg-events-'))
  try {
    const share = join(root, 'usr/share/postgresql', String(major), 'extension')
    mkdirSync(share, {recursive: true})
    mkdirSync(join(root, 'DEBIAN'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(share, name), text)
    const name = `postgresql-${major}-pg-events`
    writeFileSync(
      join(root, 'DEBIAN/control'),
      [
        `Package: ${name}`,
        `Version: ${version}-1`,
        'Architecture: all',
        `Depends: postgresql-${major}`,
        'Maintainer: pgext <pgext@localhost>',
        'Section: database',
        'Priority: optional',
        'Description: changes of realtime tables, captured once and in order',
        ' Tables that publication pg_events names are captured by statement triggers or from',
        ' the WAL, in the order in which each row changed.',
        '',
      ].join('\n'),
    )
    // what is packaged belongs to root and is everybody's to read, whoever builds it and with whatever umask
    for (const entry of readdirSync(root, {recursive: true, withFileTypes: true}))
      chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
    chmodSync(root, 0o755)
    mkdirSync(out, {recursive: true})
    const file = join(out, `${name}_${version}-1_all.deb`)
    execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, file], {stdio: ['ignore', 'ignore', 'inherit']})
    return file
  } finally {
    rmSync(root, {recursive: true, force: true})
  }
}

if (process.argv[1] && basename(process.argv[1]) === 'pg_events.js') {
  const [major = '18', out = 'build'] = process.argv.slice(2)
  console.log(packageDeb(major, out))
}

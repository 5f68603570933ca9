// Blocks in, the files of the schema out: one, or one for each kind of object or each schema.
import type {SourceFile} from '../shadow/model.ts'
import type {Block, DumpOptions} from './model.ts'
import {Paths} from './path.ts'
import {onOneLine, textOf} from './text.ts'

export function schemaFiles(blocks: readonly Block[], notes: readonly string[], {split, functions}: DumpOptions): SourceFile[] {
  const head = headOf(notes, functions === 'schema')
  const schemas = new Set(blocks.map(({section}) => section.schema).filter(Boolean)).size
  if (split === 'none') return [{path: 'schema.sql', text: `${head}${textOf(blocks, schemas)}`, holdsFunctions: false}]
  const again = functions === 'schema' ? UNCHECKED : ''
  const paths = new Paths()
  const byPath = new Map<string, Block[]>()
  for (const block of blocks) {
    const path = split === 'kind' ? byKind(block) : bySchema(block, paths)
    byPath.set(path, [...(byPath.get(path) ?? []), block])
  }
  const files = [...byPath].sort(([a], [b]) => (a < b ? -1 : 1))
  if (files.length === 0) files.push([FIRST, []])
  return files.map(([path, list], at) => ({
    path,
    text: `${at === 0 ? head : again}${textOf(list, split === 'kind' ? schemas : 1)}`,
    holdsFunctions: false,
  }))
}

const FIRST = 'schema/00_database.sql'

/** They are loaded by name: what all else needs, and what decides on the privileges of all else, comes first. */
const NUMBERS: Record<string, string> = {
  database: '00',
  types: '10',
  functions: '20',
  operators: '30',
  tables: '40',
  views: '50',
  more: '60',
}

function byKind({section: {group}}: Block): string {
  return `schema/${NUMBERS[group.file]}_${group.file}.sql`
}

function bySchema({section}: Block, paths: Paths): string {
  if (section.group.phase === 0) return FIRST
  // files named by letters come behind those that begin with a digit
  return paths.of('schema', section.group.phase === 2 ? 'zz_more' : section.schema)
}

const UNCHECKED = '-- functions may stand before what their bodies use\nSET check_function_bodies = off;\n\n'

function headOf(notes: readonly string[], holdsFunctions: boolean): string {
  const left = notes.map((note) => `-- ${onOneLine(note)}\n`)
  const lines = ['-- The whole schema, as `pgext dump` found it. Edit it, then run `pgext diff`.\n']
  if (left.length > 0) lines.push('--\n-- What it leaves out:\n', ...left)
  return `${lines.join('')}\n${holdsFunctions ? UNCHECKED : ''}`
}

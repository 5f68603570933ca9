// Sections in; those of functions as files of functions/, and the rest, out.
import {split} from '../postgres/statements.ts'
import type {SourceFile} from '../shadow/model.ts'
import {belongsToFunctions} from '../shadow/place.ts'
import {ROUTINES} from './group.ts'
import type {DumpOptions, Section} from './model.ts'
import {Paths} from './path.ts'
import {onOneLine, statements} from './text.ts'

export interface Routines {
  readonly routines: readonly Section[]
  readonly rest: readonly Section[]
}

/**
 * Functions that a type or an operator is made of stand with it: an index that is made before its operator class is there
 * gets another one. What a file of functions/ may not say (ALTER FUNCTION … DEPENDS ON EXTENSION) stays with the schema, too.
 */
export async function splitRoutines(sections: readonly Section[]): Promise<Routines> {
  const supporting = supportOf(sections)
  const routines: Section[] = []
  const rest: Section[] = []
  for (const section of sections) {
    if (!ROUTINES.has(section.object.kind) || supporting.has(section)) {
      rest.push(section)
      continue
    }
    const allowed = await Promise.all(section.steps.map(({sql}) => isAllowed(sql)))
    const left = section.steps.filter((_, at) => !allowed[at])
    routines.push({...section, steps: section.steps.filter((_, at) => allowed[at])})
    if (left.length > 0) rest.push({...section, steps: left})
  }
  return {routines, rest}
}

const SUPPORTED = new Set([
  'access method',
  'base type',
  'cast',
  'conversion',
  'foreign data wrapper',
  'language',
  'operator',
  'operator class',
  'operator family',
  'range type',
  'text search parser',
  'text search template',
  'transform',
])

function supportOf(sections: readonly Section[]): Set<Section> {
  const makers = new Map(
    sections.flatMap((section) => section.steps.flatMap((step) => step.makes.map((id) => [id, section] as const))),
  )
  const found = new Set<Section>()
  const visit = (section: Section) => {
    for (const step of section.steps) {
      for (const id of step.needs) {
        const maker = makers.get(id)
        if (!maker || found.has(maker) || !ROUTINES.has(maker.object.kind)) continue
        found.add(maker)
        visit(maker)
      }
    }
  }
  for (const section of sections) if (SUPPORTED.has(section.object.kind)) visit(section)
  return found
}

async function isAllowed(sql: string): Promise<boolean> {
  const {statements} = await split(sql, '')
  return statements.every(belongsToFunctions)
}

/** One file for all functions of a name. */
export function functionFiles(routines: readonly Section[], options: DumpOptions): SourceFile[] {
  const paths = new Paths()
  const byPath = new Map<string, Section[]>()
  for (const section of inOrder(routines)) {
    const path = options.functions === 'one' ? 'functions/functions.sql' : pathOf(section, paths)
    byPath.set(path, [...(byPath.get(path) ?? []), section])
  }
  return [...byPath].map(([path, sections]) => ({path, text: textOf(sections), holdsFunctions: true}))
}

function pathOf({object}: Section, paths: Paths): string {
  const [schema, name] = object.name as [string, string]
  return paths.of('functions', ...(schema === 'public' ? [] : [schema]), name)
}

function textOf(sections: readonly Section[]): string {
  return sections.map((section) => `${statements(section)}\n`).join('\n')
}

function inOrder(sections: readonly Section[]): Section[] {
  const key = ({object}: Section) => onOneLine(`${object.name.join('\0')}\0${object.kind}\0${object.signature}`)
  return [...sections].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

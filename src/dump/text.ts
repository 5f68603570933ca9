// Blocks in, the text of a file out: headings, statements, blank lines.

import {nameOf} from '../diff/id.ts'
import type {Context, ObjectId, Step} from '../diff/model.ts'
import {quoteName} from '../postgres/quote.ts'
import {withGrants} from './grant.ts'
import type {Block, Section} from './model.ts'
import type {Names} from './name.ts'
import type {Place} from './partition.ts'
import {tableText} from './table.ts'

export interface Writing {
  readonly context: Context
  readonly names: Names
  readonly serials: ReadonlyMap<ObjectId, string>
  readonly places: ReadonlyMap<ObjectId, Place>
}

/** Statements without their semicolons; tables written as a person would. */
export function tidied(blocks: readonly Block[], {context, names, serials, places}: Writing): Block[] {
  const made = new Set<ObjectId>()
  const makers = new Set(blocks.flatMap(({steps}) => steps.flatMap((step) => step.makes)))
  return blocks.map((block) => {
    const {object} = block.section
    const head = block.steps.find((step) => step.makes.includes(object.id))
    let steps = block.steps
    if (object.kind === 'table' && head) {
      const makes = new Set(head.makes)
      const inside = block.steps.filter(
        (step) => isReference(step, context) && step.needs.every((id) => makes.has(id) || made.has(id) || !makers.has(id)),
      )
      const foreignKeys = inside.map((step) => context.desired.objects.get(step.object)!)
      const sql = tableText(object, {makes, foreignKeys, serials, place: places.get(object.id)}, context, names)
      steps = block.steps.filter((step) => !inside.includes(step)).map((step) => (step === head ? {...step, sql} : step))
    }
    for (const step of block.steps) for (const id of step.makes) made.add(id)
    return {
      ...block,
      steps: withGrants(
        steps.map((step) => shortened(step, context)),
        context,
      ).map(onItsPath),
    }
  })
}

/** Files are loaded under public alone. */
function onItsPath(step: Step): Step {
  if (step.path === undefined || step.path === 'public') return step
  const why = '-- functions that run here look names up on the search_path'
  return {...step, sql: `${why}\nSET search_path = ${step.path};\n\n${step.sql};\n\nRESET search_path`}
}

/** An index is a B-tree unless it says otherwise. */
function shortened(step: Step, {desired}: Context): Step {
  const index = desired.objects.get(step.object)
  const table = index?.kind === 'index' && step.makes.includes(index.id) && desired.objects.get(index.parent!)
  if (!table) return step
  for (const only of ['', 'ONLY ']) {
    const head = `CREATE ${index.body.unique ? 'UNIQUE ' : ''}INDEX ${quoteName(index.name[1]!)} ON ${only}${nameOf(table)}`
    const long = `${head} USING btree (`
    if (step.sql.startsWith(long)) return {...step, sql: `${head} (${step.sql.slice(long.length)}`}
  }
  return step
}

/** A foreign key that CREATE TABLE can hold. */
function isReference(step: Step, {desired}: Context): boolean {
  const o = desired.objects.get(step.object)
  return o?.kind === 'constraint' && o.body.type === 'f' && step.makes.includes(o.id) && !o.body.definition.endsWith(' NOT VALID')
}

export function textOf(blocks: readonly Block[], schemas: number): string {
  let heading: string | undefined
  const parts = blocks.map((block) => {
    const title = titleOf(block.section, schemas)
    const isNew = title !== heading
    heading = title
    return [...(isNew ? [banner(title)] : []), ...(isSmall(block) ? [] : [`-- ${labelOf(block)}`]), statements(block)].join('\n')
  })
  return parts.map((part, at) => `${at === 0 ? '' : gap(blocks[at - 1]!, blocks[at]!, part)}${part}\n`).join('')
}

export function statements({steps}: Pick<Block, 'steps'>): string {
  return steps.map((step, at) => `${at === 0 ? '' : between(steps[at - 1]!, step)}${step.sql};`).join('')
}

function titleOf({group, schema}: Section, schemas: number): string {
  return group.phase === 1 && schemas > 1 ? `${schema}: ${group.title.toLowerCase()}` : group.title
}

function banner(title: string): string {
  const line = '-'.repeat(80)
  return `${line}\n-- ${onOneLine(title)}\n${line}\n`
}

/** One short statement says itself what it is. */
function isSmall({steps, late, section}: Block): boolean {
  return !late && (steps.length === 1 || section.group.phase !== 1)
}

function labelOf({section: {object}, late}: Block): string {
  const name = onOneLine(nameOf(object))
  return late ? `${name}, what needs the above` : name
}

/** Short ones of a kind stay together. */
function gap(before: Block, block: Block, part: string): string {
  const isLine = ({steps, section}: Block) => section.group.phase === 0 && steps.length === 1 && !steps[0]!.sql.includes('\n')
  return isLine(before) && isLine(block) && before.section.group === block.section.group && !part.startsWith('-'.repeat(80))
    ? ''
    : '\n'
}

function between(before: Step, step: Step): string {
  const short = [before, step].every(({sql}) => !sql.includes('\n'))
  return short && wordsOf(before) === wordsOf(step) ? '\n' : '\n\n'
}

/** What a statement does, by its first words. */
function wordsOf({sql, object}: Step): string {
  const kind = object.slice(0, object.indexOf(' '))
  return kind === 'privilege' || kind === 'comment' ? kind : sql.slice(0, sql.indexOf(' ', sql.indexOf(' ') + 1))
}

/** Names may hold line breaks, which would end a comment and turn its rest into SQL. */
export function onOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

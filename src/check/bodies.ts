// Files in; whether they load, and what is wrong in the bodies of their functions, out.
import type {Finding as InBody} from '../bodies/model.ts'
import type {Where} from '../errors.ts'
import type {Answer, Finding, Given, Question} from './model.ts'

export const bodies: Question = {
  name: 'bodies',
  about: 'function bodies',
  parts: () => [],
  async ask({sources}: Given, walk): Promise<Answer> {
    const {findings, written} = await (await walk()).sound()
    if (findings.length === 0) return {findings: [], notes: []}
    const {placeOfBody} = await import('../shadow/written.ts')
    const placed = await Promise.all(
      findings.map(async (one) => {
        const place = written.get(one.routine)
        return {one, where: place && (await placeOfBody(sources, place, one.at))}
      }),
    )
    placed.sort((a, b) => compare(a.where, b.where))
    return {
      findings: placed.flatMap(({one, where}) => (one.level === 'note' ? [] : [findingOf(one, where)])),
      notes: placed.flatMap(({one, where}) => (one.rule === UNREAD ? [noteOf(one, where)] : [])),
    }
  },
}

/** A body that could not be looked at; other notes are deploy-functions' to tell. */
const UNREAD = 'unread'

function findingOf({level, rule, message, hint, routine}: InBody, where: Where | undefined): Finding {
  return {
    level: level === 'error' ? 'error' : 'warning',
    code: rule,
    message: `${where ? '' : `${routine}: `}${message}`,
    ...(where && {where}),
    ...(hint && {hint}),
  }
}

const noteOf = ({routine, message, rule}: InBody, where: Where | undefined): string =>
  `${where ? `${where.file}:${where.line}: ` : ''}${routine}: ${message} (${rule})`

function compare(a: Where | undefined, b: Where | undefined): number {
  if (!a || !b) return Number(a === undefined) - Number(b === undefined)
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column
}

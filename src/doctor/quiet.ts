// "doctor": {"ignore": […]} of pgext.json in; which findings somebody has said to leave alone, out.
import {like} from '../diff/ignore.ts'
import {PgextError} from '../errors.ts'
import {nearest} from '../project/nearest.ts'
import {IDS, isFindingId} from './ids.ts'
import type {Finding} from './model.ts'

interface Quiet {
  readonly text: string
  readonly id: string
  /** undefined: of any object */
  readonly object?: string
}

/** `fk-index`, `fk-index:public.orders_*` */
export function readQuiet(entries: readonly string[]): Quiet[] {
  return entries.map((text) => {
    const at = text.indexOf(':')
    const id = at < 0 ? text : text.slice(0, at)
    checkId(id, `"doctor.ignore" in pgext.json has "${text}"`)
    return {text, id, ...(at >= 0 && {object: text.slice(at + 1).trim()})}
  })
}

/** @throws PgextError with the id that was meant */
export function checkId(id: string, where: string): void {
  if (isFindingId(id)) return
  const near = nearest(id, Object.keys(IDS))
  throw new PgextError('bad-config', `${where}, and there is no finding ${id}`, {
    hint: near ? `did you mean ${near}?` : `findings: ${Object.keys(IDS).join(', ')}`,
  })
}

/** Those that are left, and the entries that meant none. */
export function withoutQuiet(
  findings: readonly Finding[],
  quiet: readonly Quiet[],
): {readonly left: readonly Finding[]; readonly unused: readonly string[]} {
  const used = new Set<Quiet>()
  const left = findings.filter((finding) => {
    const by = quiet.filter(({id, object}) => id === finding.id && (object === undefined || like(object, finding.object ?? '')))
    for (const one of by) used.add(one)
    return by.length === 0
  })
  return {left, unused: quiet.filter((one) => !used.has(one)).map(({text}) => text)}
}

// Variables and parameters whose names stand nowhere in the body.
import {declarationsIn} from '../plpgsql/refusal.ts'
import type {Hint, Lint} from './lint.ts'

export const unused: Lint = ({routine, understood, tokens}) => {
  const {language, isAtomic, arguments: all, name} = routine
  if (isAtomic || (language === 'plpgsql' ? !understood : language !== 'sql')) return []
  const counts = new Map<string, number>()
  for (const {kind, text} of tokens) if (kind !== 'text' && kind !== 'sign') counts.set(text, (counts.get(text) ?? 0) + 1)
  const hints: Hint[] = []
  all.forEach((one, at) => {
    if ((one.mode !== 'i' && one.mode !== 'v') || counts.has(one.name) || counts.has(`$${at + 1}`)) return
    const called = one.name === '' ? `parameter $${at + 1}` : `parameter "${one.name}"`
    hints.push({level: 'note', rule: 'unused-parameter', message: `${called} of ${name} is never used`})
  })
  for (const {name, from} of understood ? declarationsIn(understood.body.block) : []) {
    if ((counts.get(name) ?? 0) > 1) continue
    hints.push({level: 'warning', rule: 'unused-variable', message: `variable "${name}" is never used`, at: from})
  }
  return hints
}

// A variable that hides another of its name.
import type {Understood} from '../plpgsql/check.ts'
import type {Variable} from '../plpgsql/scope.ts'
import type {Lint} from './lint.ts'

export const shadowed: Lint = ({understood}) => {
  if (!understood) return []
  return understood.hidden
    .filter(({variable, by}) => by.origin !== 'loop' || isGiven(variable, by.from, understood))
    .map(({variable, by}) => ({
      level: 'warning',
      rule: 'shadowed-variable',
      message: `"${variable.name}" hides ${variable.origin === 'declared' || variable.origin === 'loop' ? 'the variable' : 'the parameter'} of that name`,
      at: by.from,
    }))
}

/** Many declare a loop's variable, though FOR has one of its own: that does no harm where the other holds nothing. */
function isGiven(variable: Variable, before: number, {works}: Understood): boolean {
  if (variable.origin !== 'declared') return true
  return works.some(({role, span, scope}) => {
    if (span.from > before) return false
    if (role.kind === 'value') return role.variable === variable
    return role.kind === 'assign' && scope.find(role.target.names, role.target.from)?.variable === variable
  })
}

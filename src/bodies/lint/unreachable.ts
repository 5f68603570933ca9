// Statements that no way leads to: behind RETURN, RAISE, EXIT, CONTINUE, or a loop that nothing ends.
import {unreachable as unreachableIn} from '../plpgsql/flow.ts'
import type {Lint} from './lint.ts'

export const unreachable: Lint = ({routine, understood}) =>
  understood
    ? unreachableIn([understood.body.block], routine.body).map(({from}) => ({
        level: 'warning',
        rule: 'unreachable',
        message: 'no way leads to this statement',
        at: from,
      }))
    : []

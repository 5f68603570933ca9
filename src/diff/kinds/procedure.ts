// A procedure.
import {routine} from './routine.ts'

export const procedure = routine('procedure', `'p'`)

// A function, window functions among them.
import {routine} from './routine.ts'

export const aFunction = routine('function', `'f', 'w'`)

// The questions of `pgext check`, in the order in which they are asked.
import {bodies} from './bodies.ts'
import {branch} from './branch.ts'
import {cover} from './cover.ts'
import {hazards} from './hazards.ts'
import {major} from './major.ts'
import type {Question} from './model.ts'
import {order} from './order.ts'

export const QUESTIONS: readonly Question[] = [major, order, branch, bodies, cover, hazards]

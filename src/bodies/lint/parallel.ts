// A pure function that keeps PostgreSQL from using several processes, because nobody said otherwise.
import type {Lint} from './lint.ts'

export const parallel: Lint = ({routine}) => {
  const {volatile, parallel, language} = routine
  if (volatile !== 'i' || parallel !== 'u' || (language !== 'sql' && language !== 'plpgsql')) return []
  return [
    {
      level: 'note',
      rule: 'parallel',
      message: 'it is IMMUTABLE, and no query that calls it runs in parallel',
      hint: 'add PARALLEL SAFE',
    },
  ]
}

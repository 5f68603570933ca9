// A routine that runs with its owner's rights, and looks names up where its caller says.
import type {Lint} from './lint.ts'

export const definer: Lint = ({routine}) => {
  const {definer, isAtomic, settings, language} = routine
  if (!definer || isAtomic || settings.search_path !== undefined || language === 'c' || language === 'internal') return []
  return [
    {
      level: 'warning',
      rule: 'definer-path',
      message: 'it runs with its owner’s rights, and looks names up on its caller’s search_path',
      hint: `add SET search_path = '' to it, and write names with their schemas`,
    },
  ]
}

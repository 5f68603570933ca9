// A plan in, the text of its SQL out; changes in, one line for each out. Plain text: colour is for the terminal.
import {type Group, groups} from './groups.ts'
import {type Change, GATED, type Plan, type Step} from './model.ts'

export interface RenderOptions {
  /** true: BEGIN and COMMIT around what may share a transaction; false: statements only, for a caller who brings the transaction */
  readonly transactions: boolean
  /** comments above a step, without the dashes */
  readonly beside?: (step: Step) => readonly string[]
  /** hazards that somebody had to allow, beside data-loss: the file says so above the step */
  readonly allowed?: readonly string[]
}

// Names in the statements are qualified and bodies are printed as they are: both rely on these two settings.
const LOCAL = "SET LOCAL search_path = '';\nSET LOCAL check_function_bodies = off;"
// Outside a transaction there is no SET LOCAL: keep what the session had, and give it back.
const SEARCH_PATH = {name: 'search_path', ours: "''"}
// what a cast between times goes by, whoever runs it
const TIME_ZONE = {name: 'TimeZone', ours: "'UTC'"}
const FUNCTION_BODIES = {name: 'check_function_bodies', ours: 'off'}

/** SQL that psql runs as it is, also with -1 (an inner BEGIN or COMMIT only warns). Empty for a plan without steps. */
export function renderSql(plan: Plan, {transactions, beside = () => [], allowed = []}: RenderOptions): string {
  if (plan.steps.length === 0) return ''
  const gates = new Set<string>([...GATED, ...allowed])
  const allows = ({hazards}: Step) => [...new Set(hazards.flatMap(({name}) => (gates.has(name) ? [name] : [])))]
  const above: Above = {beside, allows}
  const parts = transactions
    ? groups(plan.steps).map((group) => renderGroup(group, above))
    : [
        keeping(
          [SEARCH_PATH, FUNCTION_BODIES, ...(plan.steps.some(goesByZone) ? [TIME_ZONE] : [])],
          renderSteps(plan.steps, 'SET', above),
        ),
      ]
  return `${parts.join('\n\n')}\n`
}

/** `+ table public.tasks`, `~ column public.tasks.title`, `- index public.tasks_title`, in the order given. */
export function renderSummary(changes: readonly Change[]): string {
  return changes.map(lineOf).join('\n')
}

function lineOf(change: Change): string {
  if (change.verb === 'create') return `+ ${onOneLine(change.to.id)}`
  if (change.verb === 'drop') return `- ${onOneLine(change.from.id)}`
  return `~ ${onOneLine(change.to.id)}`
}

const goesByZone = ({hazards}: Step): boolean => hazards.some(({name}) => name === 'time-zone')

interface Above {
  readonly beside: (step: Step) => readonly string[]
  readonly allows: (step: Step) => readonly string[]
}

function renderGroup({alone, steps}: Group, above: Above): string {
  const text = renderSteps(steps, alone ? 'SET' : 'SET LOCAL', above)
  // no function is made outside a transaction
  const zone = steps.some(goesByZone) ? ["SET LOCAL TimeZone = 'UTC';"] : []
  return alone ? keeping([SEARCH_PATH], text) : ['BEGIN;', LOCAL, ...zone, '', text, '', 'COMMIT;'].join('\n')
}

/** The session's own settings put away, ours set, and its own put back. */
function keeping(settings: readonly {name: string; ours: string}[], text: string): string {
  const copy = (from: string, to: string) =>
    `SELECT pg_catalog.set_config('${to}', pg_catalog.current_setting('${from}'), false);`
  const keep = settings.map(({name}) => copy(name, `pgext.${name}`))
  const set = settings.map(({name, ours}) => `SET ${name} = ${ours};`)
  const giveBack = settings.map(({name}) => copy(`pgext.${name}`, name))
  return [[...keep, ...set].join('\n'), text, giveBack.join('\n')].join('\n\n')
}

/** Steps of one search_path stay together; the empty one, which each part begins with, comes back after the others. */
function renderSteps(steps: readonly Step[], set: string, above: Above): string {
  const isPlain = (step: Step) => above.beside(step).length === 0
  return steps
    .map((step, at) => {
      const before = steps[at - 1]
      const isSame = before?.path === step.path
      if (isSame) return `${before ? gap(before, step, isPlain) : ''}${renderStep(step, above)}`
      const turn = step.path === undefined ? `${set} search_path = '';` : `${RELIES}\n${set} search_path = ${step.path};`
      return `${before ? '\n\n' : ''}${turn}\n\n${renderStep(step, above)}`
    })
    .join('')
}

const RELIES = '-- functions that run here look names up on the search_path'

/** A blank line between objects; short facts of one kind (a list of grants, of comments) stay together. */
function gap(before: Step, step: Step, isPlain: (step: Step) => boolean): string {
  if (before.object === step.object) return '\n'
  const alike =
    kindOf(before) === kindOf(step) &&
    [before, step].every((one) => one.hazards.length === 0 && isPlain(one) && !one.sql.includes('\n'))
  return alike ? '\n' : '\n\n'
}

function kindOf(step: Step): string {
  return `${step.verb} ${step.object.slice(0, step.object.indexOf(' '))}`
}

function renderStep(step: Step, {beside, allows}: Above): string {
  const notes = beside(step).map((note) => `-- ${onOneLine(note)}\n`)
  const hazards = step.hazards.map(({name, why}) => `-- hazard ${name}: ${onOneLine(why)}\n`)
  const allowed = allows(step).length > 0 ? `-- pgext:allow ${allows(step).join(', ')}\n` : ''
  return `${notes.join('')}${hazards.join('')}${allowed}${step.sql};`
}

/** Names may hold line breaks, which would end a comment and turn its rest into SQL. */
function onOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

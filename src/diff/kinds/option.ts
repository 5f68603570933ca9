// Storage parameters as pg_class.reloptions holds them in, SQL out.
const BARE = /^(?:-?\d+(?:\.\d+)?|on|off|true|false|local|cascaded|auto|none)$/

/** `fillfactor=70, toast.autovacuum_enabled=off` */
export function printOptions(options: readonly string[]): string {
  return options.map(printOption).join(', ')
}

/** `fillfactor=70`, with the value quoted. */
function printOption(option: string): string {
  const at = option.indexOf('=')
  const value = option.slice(at + 1)
  return `${option.slice(0, at)}=${BARE.test(value) ? value : `'${value.replaceAll("'", "''")}'`}`
}

/** `SET (…)` and `RESET (…)`, what ALTER VIEW, TABLE, INDEX take to get from one list to the other. */
export function changeOptions(from: readonly string[] = [], to: readonly string[] = []): string[] {
  const names = new Set(to.map(nameOfOption))
  const changed = to.filter((option) => !from.includes(option))
  const reset = from.map(nameOfOption).filter((name) => !names.has(name))
  const set = arrange(from, changed, to)
  return [...(set.length > 0 ? [`SET (${printOptions(set)})`] : []), ...(reset.length > 0 ? [`RESET (${reset.join(', ')})`] : [])]
}

/** SET appends, and an option that is set again moves behind the others. */
export function arrange(from: readonly string[], changed: readonly string[], to: readonly string[]): readonly string[] {
  const kept = from.filter((option) => to.includes(option))
  return changed.length === 0 || [...kept, ...changed].join() === to.join() ? changed : to
}

function nameOfOption(option: string): string {
  return option.slice(0, option.indexOf('='))
}

export function optionChanges(name: string, from: readonly string[], to: readonly string[], what = 'TABLE'): string[] {
  return changeOptions(from, to).map((change) => `ALTER ${what} ${name} ${change}`)
}

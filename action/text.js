// What pgext said in; the text of a comment, or of a job's summary, out.

/** As many as one reads. */
const MOST = 20
/** GitHub takes 65536 characters. */
const LONGEST = 65_000

/** @returns {{text: string, marker: string, isQuiet: boolean}} `isQuiet`: nothing that a comment would be needed for */
export function bodyOf({folder, code, findings, plan}) {
  const where = folder === '.' ? '' : ` in ${quoted(folder)}`
  const verdict = {0: `✅ \`pgext check\`${where}: fine`, 2: `❌ \`pgext check\`${where}: to be mended`}[code]
  const lines = findings.slice(0, MOST).map(({level, file, line, message}) => {
    const [what, ...hint] = message.split('\n')
    const place = file ? ` (${quoted(`${file}:${line}`)})` : ''
    return `- **${level}** ${quoted(what)}${place}${hint.length > 0 ? `\n  ${quoted(hint.join(' '))}` : ''}`
  })
  if (findings.length > MOST) lines.push(`- … and ${findings.length - MOST} more`)
  const marker = `<!-- pgext ${encodeURIComponent(folder)} -->`
  const shown = !plan
    ? ''
    : plan.code === 0
      ? plan.out
      : 'What new migrations do could not be shown: the log of the job says why.'
  const text = [
    marker,
    verdict ?? `⚠️ \`pgext check\`${where} could not look: the log of the job says why`,
    lines.join('\n'),
    shown.trim(),
  ]
    .filter(Boolean)
    .join('\n\n')
  return {text: text.slice(0, LONGEST), marker, isQuiet: code === 0 && findings.length === 0 && isNothing(shown)}
}

const isNothing = (plan) => plan === '' || plan.startsWith('### pgext: no new migration')

/** `::error file=schema.sql,line=3,col=5,title=…::message` as it was before it was escaped. */
export function findingsIn(out) {
  return out.split('\n').flatMap((text) => {
    const [, level, properties, message] = /^::(error|warning) ([^:]*)::(.*)$/.exec(text) ?? []
    if (!level) return []
    const {file, line} = Object.fromEntries(properties.split(',').map((one) => one.split('=').map(back)))
    return [{level, file, line, message: back(message)}]
  })
}

const back = (text = '') => text.replace(/%(25|0D|0A|3A|2C)/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))

/** As code, on one line: in there neither HTML nor Markdown nor a mention is anything. */
function quoted(text) {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const tick = '`'.repeat(Math.max(0, ...(line.match(/`+/g) ?? []).map(({length}) => length)) + 1)
  const space = /^`|`$/.test(line) || line === '' ? ' ' : ''
  return `${tick}${space}${line}${space}${tick}`
}

// A text and a terminal's width in, its lines out, broken between words; only for prose, never for what somebody copies.

/**
 * @param width characters of the terminal; undefined, as of a pipe, breaks nothing
 * @param indent characters before every line but the first, which begins there as well
 */
export function fold(text: string, width: number | undefined, indent: number): string {
  // where there is hardly room, the terminal itself does no worse
  const room = (width ?? Number.POSITIVE_INFINITY) - indent
  if (room < 20) return text
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

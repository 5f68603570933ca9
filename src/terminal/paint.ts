// A stream in, a function out that colours text for it: only on a terminal, never with NO_COLOR.

const CODES = {bold: '1', dim: '2', red: '31', green: '32', yellow: '33', blue: '34', magenta: '35', cyan: '36'} as const

export type Style = keyof typeof CODES
export type Paint = (style: Style, text: string) => string

export function painter(stream: {readonly isTTY?: boolean}): Paint {
  if (!wantsColour(stream)) return (_, text) => text
  return (style, text) => (text === '' ? '' : `\u001b[${CODES[style]}m${text}\u001b[0m`)
}

function wantsColour(stream: {readonly isTTY?: boolean}): boolean {
  const {NO_COLOR, FORCE_COLOR, TERM} = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return stream.isTTY === true && TERM !== 'dumb'
}

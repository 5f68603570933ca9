// A client's first packets in; what it asks for out.
const [CANCEL, TLS, GSS] = [80877102, 80877103, 80877104]

export type Opening =
  | {readonly kind: 'plain'}
  | {readonly kind: 'cancel'; readonly pid: number; readonly key: number}
  | {readonly kind: 'start'; readonly minor: number; readonly words: ReadonlyMap<string, string>}
  | {readonly kind: 'wrong'; readonly said: string}

/** `undefined`: there is more to come. */
export function readOpening(buffer: Buffer): {readonly opening: Opening; readonly length: number} | undefined {
  if (buffer.length < 4) return undefined
  const length = buffer.readUInt32BE(0)
  if (length < 8 || length > 10_000)
    return {opening: {kind: 'wrong', said: 'invalid length of startup packet'}, length: buffer.length}
  if (buffer.length < length) return undefined
  return {opening: openingOf(buffer.subarray(0, length)), length}
}

function openingOf(packet: Buffer): Opening {
  const code = packet.readUInt32BE(4)
  if (code === TLS || code === GSS) return {kind: 'plain'}
  if (code === CANCEL && packet.length === 16) return {kind: 'cancel', pid: packet.readInt32BE(8), key: packet.readInt32BE(12)}
  const [major, minor] = [code >>> 16, code & 0xffff]
  if (major !== 3) return {kind: 'wrong', said: `unsupported frontend protocol ${major}.${minor}: server supports 3.0`}
  const all = packet.toString('utf8', 8).split('\0')
  const words = new Map<string, string>()
  for (let at = 0; all[at]; at += 2) words.set(all[at]!, all[at + 1] ?? '')
  return {kind: 'start', minor, words}
}

/** What the session is to begin with; `options` holds settings as the command line of PostgreSQL takes them. */
export function settingsIn(words: ReadonlyMap<string, string>): [string, string][] {
  const said = [...words].filter(
    ([name]) => !['user', 'database', 'options', 'replication'].includes(name) && !name.startsWith('_pq_.'),
  )
  return [...optionsIn(words.get('options') ?? ''), ...said]
}

function optionsIn(options: string): [string, string][] {
  // a backslash takes the next character as it is
  const parts = (options.match(/(?:\\.|[^\\\s])+/g) ?? []).map((part) => part.replace(/\\(.)/g, '$1'))
  return parts.flatMap((part, at): [string, string][] => {
    const setting =
      part === '-c' ? parts[at + 1] : part.startsWith('-c') ? part.slice(2) : part.startsWith('--') ? part.slice(2) : undefined
    if (!setting?.includes('=')) return []
    const end = setting.indexOf('=')
    return [[setting.slice(0, end).replaceAll('-', '_'), setting.slice(end + 1)]]
  })
}

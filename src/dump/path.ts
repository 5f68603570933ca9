// The names of objects in, paths of files that every file system takes out: no two alike, not even where capitals don't count.

export class Paths {
  readonly #known = new Map<string, string>()
  readonly #taken = new Set<string>()

  /** the same names get the same path again; @param parts the last becomes a file's name, the others folders' */
  of(...parts: readonly string[]): string {
    const key = parts.join('\0')
    const known = this.#known.get(key)
    if (known) return known
    const path = parts.map(plain).join('/')
    let free = `${path}.sql`
    for (let n = 2; this.#taken.has(free.toLowerCase()); n++) free = `${path}-${n}.sql`
    this.#taken.add(free.toLowerCase())
    this.#known.set(key, free)
    return free
  }
}

/** Names that some systems keep for devices. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/i

function plain(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 60)
  return safe === '' || safe === '_' || DEVICES.test(safe) ? `_${safe}` : safe
}

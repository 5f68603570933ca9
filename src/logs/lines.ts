// Bytes in any portions in, whole lines out: characters and lines that a portion cuts in two are put together again.

/** bytes of a line that is still read; no entry is that long */
const LONGEST = 16 * 2 ** 20

export class Lines {
  #held: Buffer[] = []
  #length = 0
  #isTooLong = false
  readonly #tell: (what: string) => void

  constructor(tell: (what: string) => void) {
    this.#tell = tell
  }

  /** Without their ends. */
  read(bytes: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const line = this.#take(bytes.subarray(start, end))
      if (line !== undefined) lines.push(line)
      start = end + 1
    }
    this.#hold(bytes.subarray(start))
    return lines
  }

  /** What has no end, and will not get one. */
  rest(): string | undefined {
    return this.#length === 0 ? undefined : this.#take(Buffer.alloc(0))
  }

  #take(last: Buffer): string | undefined {
    const line = this.#held.length === 0 ? last : Buffer.concat([...this.#held, last])
    const isWhole = !this.#isTooLong
    this.#held = []
    this.#length = 0
    this.#isTooLong = false
    return isWhole ? line.toString('utf8', 0, line.at(-1) === 13 ? line.length - 1 : undefined) : undefined
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0 || this.#isTooLong) return
    this.#length += bytes.length
    // a copy: a small piece would keep the portion it came in
    this.#held.push(Buffer.from(bytes))
    if (this.#length <= LONGEST) return
    this.#tell(`a line of more than ${LONGEST / 2 ** 20} MB was skipped`)
    this.#isTooLong = true
    this.#held = []
  }
}

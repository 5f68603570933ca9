// A name and a suffix in, the name of what stands beside it for a while out.
import {hash} from 'node:crypto'

const LONGEST = 63

/** `orders_note_idx__new`, in 63 bytes; long names of a table's parts, or of partitions' indexes, may differ in their ends alone. */
export function beside(name: string, suffix: '__new' | '__old' | '_new'): string {
  const bytes = Buffer.from(name)
  if (bytes.length + suffix.length <= LONGEST) return name + suffix
  const start = bytes
    .subarray(0, LONGEST - 8 - suffix.length)
    .toString()
    .replace(/\ufffd+$/, '')
  return `${start}${hash('md5', name).slice(0, 8)}${suffix}`
}

// How far a reader of the log is in, what it tells the server about that out.

/** Milliseconds from 1970 to 2000. */
const EPOCH = 946_684_800_000

/**
 * The library's own says one place for all, and one byte more: a transaction whose commit record begins right there would be passed by.
 *
 * @param confirmed 0: nothing is said of it
 */
export function standbyStatus(received: bigint, confirmed: bigint, isAsking: boolean): Buffer {
  const status = Buffer.alloc(34, 0)
  status.write('r')
  status.writeBigUInt64BE(received, 1)
  status.writeBigUInt64BE(confirmed, 9)
  status.writeBigUInt64BE(confirmed, 17)
  status.writeBigInt64BE(BigInt(Date.now() - EPOCH) * 1000n, 25)
  status.writeUInt8(isAsking ? 1 : 0, 33)
  return status
}

// A file's bytes in, its text out: UTF-8 or UTF-16 with a BOM, LF, no BOM.
import {readFileSync} from 'node:fs'
import {PgextError} from '../errors.ts'

/** `shown`: the path as the user knows it. */
export async function readText(path: string, shown: string): Promise<string> {
  let bytes: Buffer
  try {
    // hundreds of small files: a turn of the thread pool for each takes longer than reading them
    bytes = readFileSync(path)
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    throw new PgextError('bad-file', code === 'ENOENT' ? `there is no file ${shown}` : `can't read ${shown}: ${message}`, {
      cause: error,
    })
  }
  return decode(bytes, shown)
}

export function decode(bytes: Buffer, shown: string): string {
  const text =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? utf16(bytes, 'utf-16le', shown)
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? utf16(swap(bytes), 'utf-16le', shown)
        : utf8(bytes, shown)
  const zero = text.indexOf('\0')
  if (zero !== -1) {
    throw new PgextError(
      'bad-file',
      `${shown} holds a zero byte at line ${text.slice(0, zero).split('\n').length}: it is no text`,
      {
        hint: 'save it as UTF-8 (UTF-16 is read too, when it begins with a byte order mark)',
      },
    )
  }
  return text.replaceAll('\r\n', '\n')
}

function utf16(bytes: Buffer, encoding: string, shown: string): string {
  try {
    return new TextDecoder(encoding, {fatal: true}).decode(bytes)
  } catch (error) {
    throw new PgextError('bad-file', `${shown} is not valid UTF-16, though it begins like it`, {
      hint: 'save it as UTF-8',
      cause: error,
    })
  }
}

/** Half a character at the end stays one. */
function swap(bytes: Buffer): Buffer {
  return bytes.length % 2 === 1 ? bytes.subarray(0, 3) : Buffer.from(bytes).swap16()
}

function utf8(bytes: Buffer, shown: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (error) {
    const at = firstBad(bytes)
    const line = bytes.subarray(0, at).toString('latin1').split('\n').length
    throw new PgextError(
      'bad-file',
      `${shown} is not valid UTF-8: byte ${at} (line ${line}) is 0x${bytes[at]?.toString(16).padStart(2, '0')}`,
      {
        hint: 'save it as UTF-8',
        cause: error,
      },
    )
  }
}

/** The longest valid beginning ends here. */
function firstBad(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length]
  while (good < bad) {
    const middle = (good + bad + 1) >> 1
    try {
      // a character cut in half is no fault while there is more to come
      new TextDecoder('utf-8', {fatal: true}).decode(bytes.subarray(0, middle), {stream: true})
      good = middle
    } catch {
      bad = middle - 1
    }
  }
  while (!isWhole(bytes.subarray(0, good))) good--
  return good
}

function isWhole(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    return true
  } catch {
    return false
  }
}

// A JSON text in; its value, or the place where it is wrong, and the places of its keys out.
import {PgextError, type Where} from '../errors.ts'

export function parseJson(source: string, file: string): unknown {
  try {
    return JSON.parse(source)
  } catch (error) {
    const message = (error as Error).message
    const said = /at position (\d+)/.exec(message)
    const at = said ? Number(said[1]) : tokenPlace(source)
    throw new PgextError('bad-config', `${file} is not valid JSON`, {
      hint: 'look at the place shown: a comma too many or too few, a missing quote; JSON knows no comments',
      where: placeOf(source, at, file),
      cause: error,
    })
  }
}

/** V8 names a wrong token without its place: the shortest beginning that fails because of a token ends with it. */
function tokenPlace(source: string): number {
  for (let length = 1; length <= source.length; length++) {
    try {
      JSON.parse(source.slice(0, length))
    } catch (error) {
      if ((error as Error).message.startsWith('Unexpected token')) return length - 1
    }
  }
  return source.trimEnd().length
}

export function placeOf(source: string, at: number, file: string): Where {
  const start = Math.max(0, at)
  const before = source.slice(0, start).split('\n')
  return {file, line: before.length, column: before.at(-1)!.length + 1, text: source.split('\n')[before.length - 1]}
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g

/** Where in a valid text the key stands that this path of keys leads to: of several alike the last, which is the one that counts. */
export function keyPlace(source: string, path: readonly string[]): number {
  const within: {key?: string; awaitsKey: boolean}[] = []
  let found = -1
  for (const {0: token, index} of source.matchAll(TOKEN)) {
    const inner = within.at(-1)
    if (token === '{') within.push({awaitsKey: true})
    else if (token === '[') within.push({awaitsKey: false})
    else if (token === '}' || token === ']') within.pop()
    // the items of a list have no keys
    else if (token === ',') inner!.awaitsKey = inner!.key !== undefined
    else if (inner?.awaitsKey) {
      inner.key = JSON.parse(token)
      inner.awaitsKey = false
      if (within.length === path.length && within.every(({key}, at) => key === path[at])) found = index
    }
  }
  return found
}

// A pattern of LIKE in; whether texts are like it out, in time that grows no faster than both lengths multiplied.

/** undefined: any character */
type Piece = readonly (string | undefined)[]

/** undefined: it ends with a backslash that escapes nothing, which is an error to PostgreSQL where it comes so far. */
export function likeOf(pattern: string): ((text: string) => boolean) | undefined {
  const pieces: (string | undefined)[][] = [[]]
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!
    if (character === '%') pieces.push([])
    else if (character === '_') pieces.at(-1)!.push(undefined)
    else if (character !== '\\') pieces.at(-1)!.push(character)
    else if (++at < characters.length) pieces.at(-1)!.push(characters[at])
    else return undefined
  }
  const [first = [], ...rest] = pieces as Piece[]
  const last = rest.pop()
  return (text) => {
    const characters = [...text]
    if (!stands(characters, first, 0)) return false
    if (!last) return characters.length === first.length
    const end = characters.length - last.length
    let at = first.length
    // as far to the left as it goes: more is left for those behind it
    for (const piece of rest) {
      while (at + piece.length <= end && !stands(characters, piece, at)) at++
      at += piece.length
    }
    return at <= end && stands(characters, last, end)
  }
}

function stands(characters: readonly string[], piece: Piece, from: number): boolean {
  if (from + piece.length > characters.length) return false
  for (let n = 0; n < piece.length; n++) if (piece[n] !== undefined && piece[n] !== characters[from + n]) return false
  return true
}

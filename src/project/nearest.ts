// A word that nobody knows in, the known one that a typist meant out.

/** At most two letters away, or a third of a long one. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const near = known
    .map((word) => ({word, distance: distance(key.toLowerCase(), word.toLowerCase())}))
    .sort((a, b) => a.distance - b.distance)[0]
  return near && near.distance <= Math.max(2, Math.floor(key.length / 3)) ? near.word : undefined
}

function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

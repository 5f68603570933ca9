// Renames in; the same out, each behind the one that sets its new name free. A circle is cut by a name that nobody has.

/** A name that becomes another, where no other thing may have that meanwhile. */
export interface Naming {
  /** `relation public`, `constraint public.t` */
  readonly space: string
  readonly from: string
  readonly to: string
  sql(from: string, to: string): string
}

export function untangled<N extends Naming>(namings: readonly N[], names: ReadonlySet<string>): {naming: N; sql: string}[] {
  const done: {naming: N; sql: string}[] = []
  let rest = namings
  const key = ({space}: Naming, name: string) => `${space}\0${name}`
  while (rest.length > 0) {
    const held = new Set(rest.map((naming) => key(naming, naming.from)))
    const free = rest.filter((naming) => !held.has(key(naming, naming.to)))
    for (const naming of free) done.push({naming, sql: naming.sql(naming.from, naming.to)})
    const left = rest.filter((naming) => !free.includes(naming))
    const [first, ...others] = left
    if (free.length > 0 || !first) rest = left
    else {
      const between = nameBetween(first.from, (name) => names.has(name))
      done.push({naming: first, sql: first.sql(first.from, between)})
      rest = [...others, {...first, from: between}]
    }
  }
  return done
}

/** PostgreSQL cuts names at 63 bytes. */
export function nameBetween(name: string, isTaken: (name: string) => boolean): string {
  const start = Buffer.from(name).subarray(0, 52).toString().replace(/�+$/, '')
  for (let n = 0; ; n++) {
    const between = `${start}__swap${n || ''}`
    if (!isTaken(between)) return between
  }
}

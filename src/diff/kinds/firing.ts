// When a trigger or rule fires, as the catalogs have it in, ALTER TABLE's words for it out.
export type Firing = 'O' | 'D' | 'R' | 'A'

export const FIRING = {O: 'ENABLE', D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS'} as const

// What is wanted of a shadow in, the first engine that can give it out.
import {PgextError} from '../errors.ts'
import {findBinaries} from './binaries.ts'
import type {Shadow} from './model.ts'
import {openNative} from './native.ts'

export interface ShadowOptions {
  readonly want: 'auto' | 'native' | 'pglite' | 'target'
  /** SHADOW_DATABASE_URL: a server on which databases may be made; goes before everything else */
  readonly shadowUrl?: string
  readonly targetUrl?: string
  /** extensions that the state will create */
  readonly extensions?: readonly string[]
  /** the state holds cluster-level statements: nothing else may be on its cluster */
  readonly isolated?: boolean
  /** the target's major version; default: asked of the target, else 18 */
  readonly major?: number
}

export async function openShadow(options: ShadowOptions): Promise<Shadow> {
  const binaries = findBinaries(options.major ?? 18)
  if (!binaries) throw new PgextError('engine-missing', 'no engine')
  return openNative(binaries, {isolated: options.isolated})
}

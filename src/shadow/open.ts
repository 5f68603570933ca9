// What is wanted of a shadow in, the first engine that can give it out.
import {PgextError} from '../errors.ts'
import {findBinaries, PACKAGE} from './binaries.ts'
import {missingError, missingExtensions} from './extensions.ts'
import type {Shadow} from './model.ts'
import {openNative} from './native.ts'
import {openPgliteShadow} from './pglite.ts'
import {openServer} from './server.ts'
import {sweepClusters} from './sweep.ts'
import {readTarget, type Target} from './target.ts'

export interface ShadowOptions {
  /** 'target': on the target's server even where that is not this machine */
  readonly want: 'auto' | 'native' | 'pglite' | 'target'
  /** SHADOW_DATABASE_URL: a server on which databases may be made; goes before everything else */
  readonly shadowUrl?: string
  readonly targetUrl?: string
  /** extensions that the state will create */
  readonly extensions?: readonly string[]
  /** the state holds cluster-level statements: it gets a cluster of its own, where pgext has one */
  readonly isolated?: boolean
  /** the target's major version; default: asked of the target, else 18 */
  readonly major?: number
}

/** An engine that may do; undefined when it is not to be had here. */
type Candidate = () => Promise<Shadow | undefined>

const DEFAULT_MAJOR = 18

export async function openShadow(options: ShadowOptions): Promise<Shadow> {
  sweepClusters()
  const extensions = options.extensions ?? []
  const target = await readTarget(options.targetUrl)
  let lacking: readonly string[] | undefined
  for (const candidate of candidates(options, target)) {
    const shadow = await candidate()
    if (!shadow) continue
    const names = missingExtensions(shadow, extensions)
    if (names.length === 0) return shadow
    lacking ??= names
    await shadow.close()
  }
  if (lacking) throw missingError(lacking)
  throw new PgextError('engine-missing', `there is no PostgreSQL to make shadow databases on: ${whyNone(options, target)}`, {
    hint: `npm install ${PACKAGE}, or set SHADOW_DATABASE_URL to a server where databases may be made`,
  })
}

function candidates(options: ShadowOptions, target?: Target): Candidate[] {
  const {want, shadowUrl, isolated = false, extensions = []} = options
  const major = options.major ?? target?.major ?? DEFAULT_MAJOR
  const native =
    (version: number, strictly = false): Candidate =>
    async () => {
      const binaries = findBinaries(version)
      return binaries && openNative(binaries, {isolated, like: target, strictly})
    }
  const pglite = () => openPgliteShadow(extensions)
  if (shadowUrl) return [...(isolated ? [ownLike(shadowUrl, native)] : []), () => openServer(shadowUrl, target)]
  if (want === 'pglite') return [pglite]
  const others = major === DEFAULT_MAJOR ? [] : [native(DEFAULT_MAJOR)]
  if (want === 'native') return [native(major), ...others]
  const onTarget: Candidate[] = target ? [() => openServer(target.url, target)] : []
  if (want === 'target') return [...(isolated ? [native(major)] : []), ...onTarget]
  const nearby = target?.isLoopback && !isolated ? onTarget : []
  // a locale that only the target's system knows is worth going there, where that is allowed
  const embedded = nearby.length > 0 ? [native(major, true), ...nearby, native(major)] : [native(major)]
  return [...[...embedded, ...others].map(orNothing), pglite]
}

/** A cluster of our own of the same major as that server. */
function ownLike(url: string, native: (major: number) => Candidate): Candidate {
  return async () => {
    const server = await readTarget(url)
    return server && native(server.major)()
  }
}

/** Nobody asked for this one: that a server allows no databases, or an engine does not start, is no error while there is another way. */
function orNothing(candidate: Candidate): Candidate {
  return () =>
    candidate().catch((error) => {
      if (error instanceof PgextError && (error.code === 'not-allowed' || error.code === 'engine-missing')) return undefined
      throw error
    })
}

function whyNone({want, targetUrl}: ShadowOptions, target?: Target): string {
  if (want === 'target') return targetUrl && !target ? 'the target database can not be reached' : 'no target database is set'
  return `${PACKAGE} is not installed`
}

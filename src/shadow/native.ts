// A major version in, a shadow on an embedded PostgreSQL of our own out.
import {type Locale, localeOf} from '../postgres/admin.ts'
import {connect} from '../postgres/native.ts'
import type {Binaries} from './binaries.ts'
import {startCluster} from './cluster.ts'
import {DatabaseShadow} from './databases.ts'
import {availableExtensions} from './extensions.ts'
import type {Shadow} from './model.ts'

export async function openNative(
  binaries: Binaries,
  options: {readonly isolated?: boolean; readonly locale?: Locale},
): Promise<Shadow> {
  const cluster = await startCluster(binaries)
  try {
    const admin = await connect(cluster.url('postgres'), {application: 'pgext'})
    return new DatabaseShadow({
      engine: 'native',
      isPrivate: options.isolated ?? false,
      admin,
      urlOf: cluster.url,
      extensions: await availableExtensions(admin, binaries.embedded),
      locale: options.locale ?? (await localeOf(admin, 'template0')),
      leave: cluster.close,
    })
  } catch (error) {
    await cluster.close()
    throw error
  }
}

// Programs of a PostgreSQL in, a shadow on a cluster of our own out.
import {createDatabase, dropDatabase, type Locale, localeOf} from '../postgres/admin.ts'
import type {Db} from '../postgres/db.ts'
import {connect} from '../postgres/native.ts'
import type {Binaries} from './binaries.ts'
import {startCluster} from './cluster.ts'
import {DatabaseShadow} from './databases.ts'
import {availableExtensions} from './extensions.ts'
import type {Shadow} from './model.ts'
import {makeTablespaces} from './tablespace.ts'
import type {Target} from './target.ts'

export interface NativeOptions {
  readonly isolated?: boolean
  /** the target: a locale of its that this system does not know is replaced by the cluster's own */
  readonly like?: Pick<Target, 'locale' | 'tablespace'>
  /** rather no shadow than one without the locale */
  readonly strictly?: boolean
}

export async function openNative(binaries: Binaries, options: NativeOptions = {}): Promise<Shadow | undefined> {
  const cluster = await startCluster(binaries)
  try {
    const admin = await connect(cluster.url('postgres'), {application: 'pgext'})
    const own = await localeOf(admin, 'template0')
    const {locale, tablespace} = options.like ?? {}
    const isKnown = !locale || (await knows(admin, locale, own))
    if (!isKnown && options.strictly) {
      await admin.close()
      await cluster.close()
      return undefined
    }
    if (tablespace) await makeTablespaces(admin, [tablespace], true)
    return new DatabaseShadow({
      engine: 'native',
      isPrivate: options.isolated ?? false,
      admin,
      urlOf: cluster.url,
      extensions: await availableExtensions(admin, binaries.embedded),
      locale: isKnown ? (locale ?? own) : own,
      ...(tablespace && {tablespace}),
      leave: cluster.close,
    })
  } catch (error) {
    await cluster.close()
    throw error
  }
}

/** Only the attempt tells: a locale is the operating system's affair, or ICU's. */
async function knows(admin: Db, locale: Locale, own: Locale): Promise<boolean> {
  if (Object.entries({...own, ...locale}).every(([key, value]) => own[key as keyof Locale] === value)) return true
  try {
    await createDatabase(admin, 'pgext_locale', {template: 'template0', locale})
  } catch {
    return false
  }
  await dropDatabase(admin, 'pgext_locale')
  return true
}

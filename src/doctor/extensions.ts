// Extensions that the files create, and those of the server, in; what is missing, and what is older than it could be, out.
import {quoteName, quoteText} from '../postgres/quote.ts'
import type {Finding, Look} from './model.ts'

const missing: Look = {
  at: 'extensions',
  sql: ({extensions}) =>
    extensions.length === 0
      ? undefined
      : `select w.name from unnest(array[${extensions.map(quoteText).join(', ')}]) w (name)
         where w.name not in (select name from pg_available_extensions) and w.name not in (select extname from pg_extension) order by 1`,
  tell: ({name}: {name: string}): Finding => ({
    id: 'extension-missing',
    level: 'error',
    object: quoteName(name),
    message: 'your files create it, and the server does not have it',
    hint: 'install its package on the server, or ask your host for it; or name it under "external" in pgext.json where others make it',
    fixes: [],
    subject: [{kind: 'extension', name: [name]}],
  }),
}

/** Newer is what the server's own files lead to. */
const updates: Look = {
  at: 'extensions',
  sql: ({external}) => `
    select e.extname::text as name, e.extversion as was, a.default_version as is
    from pg_extension e join pg_available_extensions a on a.name = e.extname
    where a.default_version <> e.extversion and e.extname not in ('pg_events'${external.map((name) => `, ${quoteText(name)}`).join('')})
      and exists (select from pg_extension_update_paths(e.extname) p where p.source = e.extversion and p.target = a.default_version and p.path is not null)
    order by 1`,
  tell({name, was, is}: {name: string; was: string; is: string}): Finding {
    const extension = quoteName(name)
    return {
      id: 'extension-update',
      level: 'info',
      object: extension,
      message: `version ${was} is installed, and the server has ${is}`,
      fixes: [{sql: `ALTER EXTENSION ${extension} UPDATE`, locks: 'what its script changes: read that of the extension'}],
      subject: [{kind: 'extension', name: [name]}],
    }
  },
}

export const EXTENSIONS: readonly Look[] = [missing, updates]

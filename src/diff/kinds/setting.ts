// Settings that sessions begin with: of a role, of all roles, of this database, of a role in this database.
import {quoteBody, quoteName, quoteText} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {SECRET} from './foreign-option.ts'

export interface Setting {
  readonly parameter: string
  /** as the catalog holds it: lists in double quotes where names need them */
  readonly value: string
}

/** Their values are lists of names, each quoted for itself (GUC_LIST_QUOTE, as pg_dump has them). */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

const THIS_DATABASE = `(select d.oid from pg_database d where d.datname = current_database())`

/** Rows (role, parameter, value) of pg_db_role_setting; what may be a secret is left out. */
function rows(database: string, role: string): string {
  return `
    select s.setrole as role, split_part(c, '=', 1) as parameter, substr(c, position('=' in c) + 1) as value
    from pg_db_role_setting s, unnest(s.setconfig) c
    where s.setdatabase = ${database} and s.setrole ${role} and split_part(c, '=', 1) !~* '${SECRET}'`
}

const BODY = `jsonb_build_object('parameter', x.parameter, 'value', x.value) as body`

function settings(name: string, query: string, sqlOf: (o: CatalogObject<Setting>, change: string) => string): Kind<Setting> {
  const set = (o: CatalogObject<Setting>) => sqlOf(o, `SET ${parameterName(o.body.parameter)} TO ${valueText(o.body)}`)
  return {
    name,
    some: 'exists (select from pg_db_role_setting)',
    query: () => query,
    create: (o) => [creates(o, set(o))],
    alter: (from, to) => [alters(from, to, set(to))],
    drop: (o) => [drops(o, sqlOf(o, `RESET ${parameterName(o.body.parameter)}`))],
  }
}

/** Goes with its role. */
export const roleSetting = settings(
  'role setting',
  `select ${address('pg_db_role_setting', 'x.role')} || x.parameter as address, ${address('pg_authid', 'x.role')} as about,
    quote_ident(x.parameter) as detail, ${BODY} from (${rows('0', '<> 0')}) x`,
  (o, change) => `ALTER ROLE ${quoteName(o.name[0]!)} ${change}`,
)

export const everyRoleSetting = settings(
  'setting of all roles',
  `select ${address('pg_db_role_setting', `'all'`)} || x.parameter as address, array[x.parameter] as name, ${BODY} from (${rows('0', '= 0')}) x`,
  (_, change) => `ALTER ROLE ALL ${change}`,
)

export const databaseSetting = settings(
  'database setting',
  `select ${address('pg_db_role_setting', `'database'`)} || x.parameter as address, array[x.parameter] as name, ${BODY}
    from (${rows(THIS_DATABASE, '= 0')}) x`,
  (_, change) => inThisDatabase('ALTER DATABASE', change),
)

export const roleInDatabaseSetting = settings(
  'database setting of role',
  `select ${address('pg_db_role_setting', `'in/' || x.role`)} || x.parameter as address, array[r.rolname, x.parameter]::text[] as name,
    array[${address('pg_authid', 'x.role')}] as needs, ${BODY}
    from (${rows(THIS_DATABASE, '<> 0')}) x join pg_roles r on r.oid = x.role`,
  (o, change) => inThisDatabase(`ALTER ROLE ${quoteName(o.name[0]!)} IN DATABASE`, change),
)

/** A name written down would be the wrong one wherever else the migration runs: on a clone, in staging. */
function inThisDatabase(before: string, after: string): string {
  const text = `${before.replaceAll('%', '%%')} %I ${after.replaceAll('%', '%%')}`
  const call = `EXECUTE pg_catalog.format(${quoteBody(text, 'sql')}, pg_catalog.current_database());`
  return `DO ${quoteBody(`BEGIN ${call} END`, 'do')}`
}

/** `work_mem`, `app.tenant`: what a dot parts are names. */
export function parameterName(parameter: string): string {
  return parameter.split('.').map(quoteName).join('.')
}

function valueText({parameter, value}: Setting): string {
  if (!LISTS.has(parameter.toLowerCase())) return quoteText(value)
  const items = itemsOf(value)
  return items.length > 0 ? items.map(quoteText).join(', ') : quoteText('')
}

/** `a, "B c"` as its two items; a quote inside quotes is doubled. */
export function itemsOf(list: string): string[] {
  const items: string[] = []
  for (let at = 0; at < list.length; ) {
    let item = ''
    if (list[at] === '"') {
      let end = at + 1
      while (end < list.length && (list[end] !== '"' || list[end + 1] === '"')) {
        if (list[end] === '"') end++
        item += list[end++]
      }
      at = list.indexOf(',', end)
    } else {
      const end = list.indexOf(',', at)
      item = list.slice(at, end < 0 ? undefined : end).trim()
      at = end
    }
    items.push(item)
    if (at < 0) break
    for (at++; list[at] === ' '; at++);
  }
  return items
}

// A name at the door in; who that is and what the sessions of this role begin with out.
import {quoteText} from '../../postgres/quote.ts'
import type {Answer, Guest} from '../model.ts'
import type {Settings} from './settings.ts'

type Ask = (sql: string) => (string | null)[][]
type Pairs = readonly (readonly [string, string])[]

export type Found = Pick<Answer & {kind: 'looked'}, 'guest' | 'database'>

export function look(ask: Ask, user: string, database: string): Found {
  const [[here, exists]] = ask(`select pg_catalog.current_database() = ${quoteText(database)},
    exists (select from pg_catalog.pg_database where datname = ${quoteText(database)})`) as [(string | null)[]]
  const [role] = ask(`select oid, rolcanlogin, rolsuper, rolpassword, coalesce(rolvaliduntil < pg_catalog.now(), false)
    from pg_catalog.pg_authid where rolname = ${quoteText(user)}`)
  const where = here === 't' ? 'here' : exists === 't' ? 'elsewhere' : 'unknown'
  if (!role) return {database: where}
  const [oid, login, superuser, password, expired] = role
  const guest: Guest = {
    oid: Number(oid),
    login: login === 't',
    superuser: superuser === 't',
    password: password ?? null,
    expired: expired === 't',
    settings: settingsOf(ask, Number(oid)),
  }
  return {guest, database: where}
}

/** The more is said of whom, the later. */
function settingsOf(ask: Ask, oid: number): Pairs {
  const rows =
    ask(`select c.setting from pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) with ordinality c(setting, place)
    where s.setrole in (0, ${oid}) and (s.setdatabase = 0 or s.setdatabase =
      (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
    order by s.setrole <> 0, s.setdatabase <> 0, c.place`)
  return rows.map(([setting]) => {
    const at = setting!.indexOf('=')
    return [setting!.slice(0, at), setting!.slice(at + 1)] as const
  })
}

/** As PostgreSQL writes them; throws where it does not know one. The owner's session has none of them afterwards. */
export function canonical(ask: Ask, settings: Settings, wanted: Pairs): Map<string, string> {
  if (wanted.length === 0) return new Map()
  const before = settings.read()
  try {
    // one by one: PostgreSQL takes the last of those that are said twice
    for (const [name, value] of wanted) ask(`select pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`)
    return new Map([...settings.read()].filter(([name]) => !before.has(name)))
  } finally {
    const added = [...settings.read().keys()].filter((name) => !before.has(name))
    if (added.length > 0)
      ask(`select ${added.map((name) => `pg_catalog.set_config(${quoteText(name)}, null, false)`).join(', ')}`)
  }
}

// What stands beside tables: foreign data, publications, event triggers, privileges on schemas, default privileges.
import type {Spot} from './spot.ts'
import {tablesOf} from './tables.ts'

export function besides(spot: Spot): string[] {
  const {choose, may, main, odd, tag} = spot
  return [
    ...foreign(spot),
    publication(spot),
    choose(
      'event trigger',
      '',
      `create event trigger "watch${tag}" on ${choose('event', 'ddl_command_end', 'sql_drop', 'ddl_command_start')}${choose('event tags', '', '', ` when tag in ('DROP VIEW', 'CREATE VIEW')`)} execute function ${main}.tell();${choose('event state', '', '', ` alter event trigger "watch${tag}" disable;`)}`,
    ),
    may('usage', `grant usage on schema ${odd} to fx_reader;`),
    may('create', `grant create on schema ${odd} to fx_owner${may('create option', ' with grant option')};`),
    may('schema owner', `alter schema ${odd} owner to fx_owner;`),
    may('schema comment', `comment on schema ${odd} is ${choose('schema comment text', `'odd'`, `'even'`)};`),
    may(
      'default privilege',
      `alter default privileges in schema ${odd} grant ${choose('default select', 'select', 'select, insert')} on tables to fx_reader;`,
    ),
    may(
      'default of owner',
      `alter default privileges for role fx_owner in schema ${odd} grant execute on functions to fx_reader;`,
    ),
    may('default on types', `alter default privileges in schema ${main} grant usage on types to fx_reader;`),
    may(
      'default on sequences',
      `alter default privileges in schema ${main} grant usage on sequences to fx_reader with grant option;`,
    ),
  ].filter(Boolean)
}

function publication(spot: Spot): string {
  const {choose, tag, odd, major} = spot
  const tables = tablesOf(spot).filter(({isLogged, number}) => isLogged && choose(`published ${number}`, true, false))
  const members = tables.map(({name, number, sort}) => {
    const some = major >= 15 && sort === 'plain' ? choose(`published part ${number}`, '', '', ' (id)', ' where (id > 3)') : ''
    return `only ${name}${some}`
  })
  const isAll = major >= 15 && choose('published schema', false, false, true) && !members.some((one) => one.endsWith('(id)'))
  const what = [...(members.length > 0 ? [`table ${members.join(', ')}`] : []), ...(isAll ? [`tables in schema ${odd}`] : [])]
  const options = [
    `publish = '${choose('publish', 'insert', 'insert, truncate')}'`,
    ...choose('via root', [], ['publish_via_partition_root = true']),
  ]
  return choose(
    'publication',
    '',
    `create publication "Pub${tag}"${what.length > 0 ? ` for ${what.join(', ')}` : ''} with (${options.join(', ')});`,
  )
}

function foreign(spot: Spot): string[] {
  const {choose, may, main, odd, tag} = spot
  if (!choose('foreign', true, true, false)) return []
  const [wrapper, server] = [`"wrap${tag}"`, `"far${tag}"`]
  const options = choose('server options', '', ` options (host 'one')`, ` options (host 'two', "odd O" 'it''s')`)
  const isThere = choose('foreign table', true, true, false)
  const table = `${odd}."Far t"`
  return [
    `create foreign data wrapper ${wrapper}${choose('wrapper options', '', ` options (debug 'true')`)};`,
    `create server ${server}${choose('server type', '', ` type 'x'`)}${choose('server version', '', ` version '1'`, ` version '2'`)} foreign data wrapper ${wrapper}${options};`,
    may('server grant', `grant usage on foreign server ${server} to fx_reader;`),
    may('server owner', `alter server ${server} owner to fx_owner;`),
    may('server comment', `comment on server ${server} is 'far';`),
    may('mapping of reader', `create user mapping for fx_reader server ${server};`),
    may('mapping of all', `create user mapping for public server ${server};`),
    ...(isThere
      ? [
          `create foreign table ${table} (id integer${choose('far options', '', ` options (column_name 'ID')`)}${choose('far not null', '', ' not null')}, m ${choose('far type', `${main}.mood`, `${main}.mood[]`, 'text')}${may('far default', ` default null`)}${may('far more', `, extra ${odd}."Pos"`)}${may('far check', ', constraint far check (id > 0)')}) server ${server}${choose('far table options', '', ` options (table_name 't')`)};`,
          may('far grant', `grant select on ${table} to fx_reader;`),
          may('far comment', `comment on foreign table ${table} is 'elsewhere';`),
          may('far trigger', `create trigger far before insert on ${table} for each row execute function ${main}.touch();`),
        ]
      : []),
  ]
}

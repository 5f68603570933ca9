// Where foreign tables come from: wrappers, servers, and who may log in there.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {address, beyond} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {changeForeignOptions, foreignOptions, optionsClause, secretHazards, secretOptions} from './foreign-option.ts'
import {renamed} from './naming.ts'

export interface ForeignDataWrapper {
  readonly handler?: string
  readonly validator?: string
  readonly options?: readonly string[]
}

export interface ForeignServer {
  readonly wrapper: string
  readonly type?: string
  readonly version?: string
  readonly options?: readonly string[]
}

export const foreignDataWrapper: Kind<ForeignDataWrapper> = {
  name: 'foreign data wrapper',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_foreign_data_wrapper'),
  query: () => `
    select ${address('pg_foreign_data_wrapper', 'w.oid')} as address, array[w.fdwname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('handler', nullif(w.fdwhandler::regproc::text, '-'), 'validator', nullif(w.fdwvalidator::regproc::text, '-'),
        'options', ${foreignOptions('w.fdwoptions')})) as body, ${secretOptions('w.fdwoptions')} as beside
    from pg_foreign_data_wrapper w`,
  create(o) {
    const {handler, validator, options} = o.body
    const functions = `${handler ? ` HANDLER ${handler}` : ''}${validator ? ` VALIDATOR ${validator}` : ''}`
    const sql = `CREATE FOREIGN DATA WRAPPER ${quoteName(o.name[0]!)}${functions}${optionsClause(options)}`
    return [creates(o, sql, {hazards: secretHazards('make', o.id, o.beside)})]
  },
  alter(from, to) {
    const changes = (['handler', 'validator'] as const)
      .filter((role) => from.body[role] !== to.body[role])
      .map((role) => (to.body[role] ? ` ${role.toUpperCase()} ${to.body[role]}` : ` NO ${role.toUpperCase()}`))
    const options = changeForeignOptions(from.body.options, to.body.options)
    return [alters(from, to, `ALTER FOREIGN DATA WRAPPER ${quoteName(to.name[0]!)}${changes.join('')}${options}`)]
  },
  drop: (o) => [drops(o, `DROP FOREIGN DATA WRAPPER ${quoteName(o.name[0]!)}`, {hazards: secretHazards('drop', o.id, o.beside)})],
}

export const foreignServer: Kind<ForeignServer> = {
  name: 'foreign server',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_foreign_server'),
  query: () => `
    select ${address('pg_foreign_server', 's.oid')} as address, array[s.srvname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion,
        'options', ${foreignOptions('s.srvoptions')})) as body, ${secretOptions('s.srvoptions')} as beside
    from pg_foreign_server s
    join pg_foreign_data_wrapper w on w.oid = s.srvfdw`,
  create(o) {
    const {wrapper, type, version, options} = o.body
    const kind = `${type === undefined ? '' : ` TYPE ${quoteText(type)}`}${version === undefined ? '' : ` VERSION ${quoteText(version)}`}`
    const sql = `CREATE SERVER ${quoteName(o.name[0]!)}${kind} FOREIGN DATA WRAPPER ${quoteName(wrapper)}${optionsClause(options)}`
    return [creates(o, sql, {hazards: secretHazards('make', o.id, o.beside)})]
  },
  alter(from, to) {
    if (from.body.wrapper !== to.body.wrapper || from.body.type !== to.body.type) return 'replace'
    const {version} = to.body
    const changed = from.body.version === version ? '' : ` VERSION ${version === undefined ? 'NULL' : quoteText(version)}`
    const options = changeForeignOptions(from.body.options, to.body.options)
    return [alters(from, to, `ALTER SERVER ${quoteName(to.name[0]!)}${changed}${options}`)]
  },
  drop: (o) => [drops(o, `DROP SERVER ${quoteName(o.name[0]!)}`, {hazards: secretHazards('drop', o.id, o.beside)})],
}

/** That a role (or everyone, as 'public') has one; what it logs in with is nobody's business here. */
export const userMapping: Kind<Record<string, never>> = {
  name: 'user mapping',
  some: beyond('pg_foreign_server'),
  query: () => `
    select ${address('pg_user_mapping', 'm.umid')} as address, array[m.srvname, m.usename]::text[] as name,
      '{}'::jsonb as body, (select jsonb_agg(split_part(o, '=', 1) order by o) from unnest(m.umoptions) o) as beside, array[${address('pg_authid', 'm.umuser')}] as needs
    from pg_user_mappings m`,
  create: (o) => [creates(o, `CREATE USER MAPPING FOR ${phraseOfMapping(o)}`, {hazards: secretHazards('make', o.id, o.beside)})],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP USER MAPPING FOR ${phraseOfMapping(o)}`, {hazards: secretHazards('drop', o.id, o.beside)})],
  // made again, it would lack its password
  replaceable: () => false,
}

function phraseOfMapping(o: CatalogObject): string {
  const [server = '', role = ''] = o.name
  return `${role === 'public' ? 'PUBLIC' : quoteName(role)} SERVER ${quoteName(server)}`
}

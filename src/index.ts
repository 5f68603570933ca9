// The library's face: what a program needs to walk the line itself.

export type {Catalog, CatalogObject, Change, Hazard, ObjectId, Plan, Step} from './diff/model.ts'
export {renderSql, renderSummary} from './diff/render.ts'
export {type ErrorCode, PgextError, type Where} from './errors.ts'
export type {Event, Value, Values} from './events/event.ts'
export {type Events, type EventsOptions, events, type Sent} from './events/events.ts'
export type {Operation} from './events/model.ts'
export type {Applied} from './migrations/apply.ts'
export {type Migration, writeMigration} from './migrations/file.ts'
export {type ApplyOptions, applyMigrations, type ReadOptions, readMigrations} from './migrations/library.ts'
export type {Db, Server} from './postgres/db.ts'
export {connect} from './postgres/native.ts'
/**
 * Opens a user's project: `pgext.json`, `.env` and the files they name, with every default.
 * Throws PgextError `bad-config` when a setting can't be understood.
 *
 * @example
 * const project = await openProject('./shop')
 */
export {openProject} from './project/open.ts'
export {
  type LiveQueries,
  type LiveQueriesOptions,
  type LiveQuery,
  type LiveQueryOptions,
  liveQueries,
  liveQuery,
} from './realtime/live/library.ts'
export type {ChangeTold, Refresh, RefreshFunction, RefreshMap} from './realtime/live/model.ts'
export type {Difference, DifferenceOptions, Proof, Side, State, Walk} from './walk/model.ts'
/**
 * Opens the way from two sides to a proven plan. Shadow databases are made when they are first needed; close it to end them.
 *
 * @example
 * const walk = await openWalk(project)
 * const {plan, proof} = await walk.difference({from: 'database', to: 'files', online: true, prove: true, allow: new Set()})
 * console.log(renderSql(plan, {transactions: true}))
 * await walk.close()
 */
export {openWalk, type WalkOptions} from './walk/open.ts'

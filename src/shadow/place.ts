// A statement of a schema file in; when it may run, or why it may not, out. Judged by its parse tree alone.
import {callsIn, strings, type Tree} from '../postgres/parse.ts'
import type {Statement} from '../postgres/statements.ts'
import {apart} from './subscription.ts'
import {isAboutTablespace} from './tablespace.ts'

/**
 * wait     its effect is the same whatever else exists: it may run later, when what it needs is there
 * place    its effect depends on what exists (GRANT … ON ALL, DO, ALTER DEFAULT PRIVILEGES): it runs at its place,
 *          when everything before it has run or still waits
 * setting  SET: in force for what follows it in its file
 * cluster  it changes the cluster, not the database: runs in a cluster of pgext's own only
 */
export type Placement =
  | {readonly run: 'wait' | 'place' | 'setting' | 'cluster'; readonly alone?: boolean}
  /** a note about it; none when it is empty */
  | {readonly skip: string}
  | {readonly refuse: string; readonly hint: string}

const SEED = 'put rows into seed.sql; schema files say what the tables are, not what is in them'
const ROWS: Record<string, string> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
  CopyStmt: 'COPY',
  TruncateStmt: 'TRUNCATE',
}
const IDLE: Record<string, string> = {
  CheckPointStmt: 'CHECKPOINT',
  ClusterStmt: 'CLUSTER',
  ConstraintsSetStmt: 'SET CONSTRAINTS',
  DiscardStmt: 'DISCARD',
  ExplainStmt: 'EXPLAIN',
  ListenStmt: 'LISTEN',
  LockStmt: 'LOCK',
  NotifyStmt: 'NOTIFY',
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  ReindexStmt: 'REINDEX',
  UnlistenStmt: 'UNLISTEN',
  VacuumStmt: 'VACUUM or ANALYZE',
  VariableShowStmt: 'SHOW',
}
const CLUSTER = new Set(['AlterRoleStmt', 'CreateRoleStmt', 'GrantRoleStmt'])
const OF_DATABASE = new Set(['CreatedbStmt', 'DropdbStmt', 'AlterDatabaseStmt', 'AlterDatabaseRefreshCollStmt'])
const CLUSTER_OBJECTS = new Set(['OBJECT_ROLE', 'OBJECT_PARAMETER_ACL'])
const DEFINES = /^(Create|Alter|Define|Comment|Index|View|Rule|Rename|SecLabel|CompositeType|ImportForeign)/

/** What all databases of a server would meet: roles, databases, its configuration. Ownership of databases goes along with REASSIGN OWNED. */
export function isOfCluster({kind, node}: Statement): boolean {
  if (CLUSTER.has(kind) || OF_DATABASE.has(kind) || OF_SERVER.has(kind)) return true
  if (kind === 'AlterRoleSetStmt') return !node.database
  return [node.objtype, node.objectType, node.renameType].some((type) => CLUSTER_OBJECTS.has(type) || type === 'OBJECT_DATABASE')
}

const OF_SERVER = new Set(['AlterSystemStmt', 'DropOwnedStmt', 'DropRoleStmt', 'ReassignOwnedStmt'])

export function placementOf(statement: Statement, calls: readonly string[]): Placement {
  const {kind, node} = statement
  // older syntax, which only the server can judge
  if (kind === 'Unparsed') return {run: 'wait'}
  if (ROWS[kind]) return {refuse: `${ROWS[kind]} has no place in a schema file`, hint: SEED}
  if (IDLE[kind]) return {skip: `${IDLE[kind]} was skipped: it makes nothing`}
  if (kind === 'TransactionStmt') return ofTransaction(node)
  if (kind === 'VariableSetStmt') return ofSetting(node)
  if (kind === 'SelectStmt') return ofSelect(node, calls)
  if (kind === 'CallStmt') return ofCalls(callsIn(node).slice(0, 1), calls)
  if (OF_DATABASE.has(kind) || [node.objtype, node.objectType, node.renameType].includes('OBJECT_DATABASE')) {
    return {skip: 'a statement about a whole database was skipped: pgext manages what is in it'}
  }
  if (isAboutTablespace(statement))
    return {
      skip: 'a statement about a tablespace was skipped: it is a place on the server’s disks, made by whoever runs the server',
    }
  if (kind === 'AlterDatabaseSetStmt' || (kind === 'AlterRoleSetStmt' && node.database)) return {run: 'wait'}
  if (
    CLUSTER.has(kind) ||
    kind === 'AlterRoleSetStmt' ||
    [node.objtype, node.objectType, node.renameType].some((type) => CLUSTER_OBJECTS.has(type))
  ) {
    return {run: 'cluster'}
  }
  if (kind === 'AlterSystemStmt') return {skip: "ALTER SYSTEM was skipped: it is the server's configuration"}
  const unconnected = kind === 'AlterSubscriptionStmt' && apart(statement)
  if (unconnected && !('sql' in unconnected)) return unconnected
  if (/^Drop/.test(kind) || kind === 'ReassignOwnedStmt') {
    // as psql would: it does nothing where the thing is absent, and is exact where a file made it before
    if (node.missing_ok) return {run: /Role/.test(kind) ? 'cluster' : 'place', alone: node.concurrent === true}
    return {
      refuse: 'a schema file says what is, not what is no more',
      hint: 'remove the statement together with what it drops; pgext plans the drop itself',
    }
  }
  if (kind === 'ImportForeignSchemaStmt')
    return {refuse: 'IMPORT FOREIGN SCHEMA depends on another server', hint: 'write its CREATE FOREIGN TABLEs'}
  if (kind === 'DoStmt' || kind === 'AlterDefaultPrivilegesStmt' || kind === 'AlterTableMoveAllStmt') return {run: 'place'}
  if (kind === 'GrantStmt') return {run: node.targtype === 'ACL_TARGET_OBJECT' ? 'wait' : 'place'}
  if (kind === 'IndexStmt') return {run: 'wait', alone: node.concurrent === true}
  if (DEFINES.test(kind)) return {run: 'wait'}
  return {
    refuse: `pgext does not know what to do with this statement (${kind}) in a schema file`,
    hint: 'move it to a migration or to seed.sql',
  }
}

/** Files of functions/ hold functions, and what belongs to them. */
export function belongsToFunctions({kind, node}: Statement): boolean {
  const of = ['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE', 'OBJECT_AGGREGATE']
  if (kind === 'CreateFunctionStmt' || kind === 'VariableSetStmt' || kind === 'TransactionStmt') return true
  if (kind === 'DefineStmt') return node.kind === 'OBJECT_AGGREGATE'
  if (kind === 'SelectStmt') return setConfig(node) !== undefined
  if (kind === 'DropStmt') return node.missing_ok === true && of.includes(node.removeType)
  if (kind === 'CommentStmt' || kind === 'AlterOwnerStmt' || kind === 'GrantStmt') {
    return of.includes(node.objtype ?? node.objectType) && (kind !== 'GrantStmt' || node.targtype === 'ACL_TARGET_OBJECT')
  }
  return false
}

/** SELECT set_config('name', 'value', false), as pg_dump writes it: the setting's name. */
export function setConfig(node: Tree): string | undefined {
  const call = node.targetList?.length === 1 && !node.fromClause ? node.targetList[0].ResTarget?.val?.FuncCall : undefined
  if (!call || strings(call.funcname).at(-1) !== 'set_config') return undefined
  return call.args?.[0]?.A_Const?.sval?.sval
}

function ofTransaction(node: Tree): Placement {
  if (node.kind === 'TRANS_STMT_ROLLBACK' || node.kind === 'TRANS_STMT_ROLLBACK_TO') {
    return {refuse: 'a schema file may not roll back', hint: 'remove the statement and what it undoes'}
  }
  return {skip: 'BEGIN, COMMIT and the like were skipped: pgext loads a file as a whole'}
}

const LIMITS = new Set([
  ...['statement_timeout', 'lock_timeout', 'transaction_timeout'],
  ...['idle_in_transaction_session_timeout', 'idle_session_timeout'],
])

/** How long something may take matters where somebody waits for it, never in a throwaway database. */
export function isLimit({kind, node}: Pick<Statement, 'kind' | 'node'>): boolean {
  return kind === 'VariableSetStmt' && LIMITS.has(node.name)
}

function ofSetting(node: Tree): Placement {
  if (node.name === 'role' || node.name === 'session_authorization') {
    return {
      refuse: `SET ${node.name === 'role' ? 'ROLE' : 'SESSION AUTHORIZATION'} has no place in a schema file`,
      hint: 'say who owns what with ALTER … OWNER TO',
    }
  }
  if (isLimit({kind: 'VariableSetStmt', node})) return {skip: ''}
  if (node.kind === 'VAR_RESET_ALL') return {skip: 'RESET ALL was skipped: settings end with their file anyway'}
  if (node.is_local || node.kind === 'VAR_SET_MULTI')
    return {skip: 'SET LOCAL and SET TRANSACTION were skipped: a file is no transaction'}
  if (node.name === 'client_encoding' && isUnicode(node.args?.[0])) return {skip: ''}
  if (node.name === 'client_encoding') return {skip: 'SET client_encoding was skipped: files are read as UTF-8 or UTF-16'}
  return {run: 'setting'}
}

function ofSelect(node: Tree, calls: readonly string[]): Placement {
  if (node.intoClause) return {run: 'wait'}
  const setting = setConfig(node)
  if (setting === 'client_encoding' && isUnicode(node.targetList[0].ResTarget.val.FuncCall.args[1])) return {skip: ''}
  if (setting === 'client_encoding') return {skip: 'SET client_encoding was skipped: files are read as UTF-8 or UTF-16'}
  if (setting) return {run: 'setting'}
  const called = callsIn(node)
  if (called.length === 0) return {skip: 'a SELECT was skipped: it makes nothing'}
  if (called.every((name) => name.at(-1) === 'setval')) return {skip: "setval was skipped: a sequence's value is data"}
  return ofCalls(called, calls)
}

function ofCalls(called: readonly string[][], calls: readonly string[]): Placement {
  const listed = (name: string[]) => calls.includes(name.join('.')) || calls.includes(name.at(-1)!)
  if (called.some(listed)) return {run: 'place'}
  const name = called[0]!.join('.')
  return {
    refuse: `calling ${name}() in a schema file is not allowed by pgext.json`,
    hint: `add "${name}" to "calls" in pgext.json if it makes something that belongs to the schema; otherwise move it to seed.sql`,
  }
}

/** pg_dump sets it to what the file is read as anyway: not worth a note. */
function isUnicode(value: Tree | undefined): boolean {
  return /^utf-?8$/i.test(value?.A_Const?.sval?.sval ?? '')
}

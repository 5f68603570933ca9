// A session of a replay in; after each statement, which rows and values of before the migration PostgreSQL no longer has, out.

import {losesDigits} from '../diff/kinds/cast.ts'
import {goesByZone, zoneHazard} from '../diff/kinds/zone.ts'
import type {Hazard} from '../diff/model.ts'
import {losesData} from '../diff/step.ts'
import type {Db, Row} from '../postgres/db.ts'
import {rangeName, strings, type Tree, walk} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'

/** Statements that take nothing away, whatever they say. */
const HARMLESS =
  /^(Create\w*Stmt|IndexStmt|ViewStmt|RuleStmt|CommentStmt|GrantStmt|GrantRoleStmt|AlterDefaultPrivilegesStmt|AlterOwnerStmt|RenameStmt|AlterObjectSchemaStmt|AlterPolicyStmt|AlterFunctionStmt|AlterEnumStmt|AlterSeqStmt|AlterPublicationStmt|AlterRoleStmt|AlterRoleSetStmt|DefineStmt|SecLabelStmt|VariableSetStmt|VariableShowStmt|TransactionStmt|CompositeTypeStmt|InsertStmt|UpdateStmt|VacuumStmt|ReindexStmt|ClusterStmt|LockStmt|RefreshMatViewStmt|NotifyStmt)$/

/** Parts of ALTER TABLE that may. */
const TAKES: ReadonlySet<string> = new Set(['AT_DropColumn', 'AT_AlterColumnType'])
const HOLDS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_SEQUENCE',
  'OBJECT_SCHEMA',
  'OBJECT_EXTENSION',
  'OBJECT_FOREIGN_TABLE',
])

/** Is anything to be looked at once it has run? */
export function mayTake({kind, node}: Statement): boolean {
  if (deletedIn(kind, node).length > 0) return true
  // what gives its rows somewhere else is told by what is read
  if (kind === 'InsertStmt') return node.selectStmt?.SelectStmt?.fromClause !== undefined
  if (HARMLESS.test(kind)) return false
  if (kind === 'AlterTableStmt') return (node.cmds as Tree[]).some(({AlterTableCmd: one}) => TAKES.has(one?.subtype))
  if (kind === 'DropStmt') return node.behavior === 'DROP_CASCADE' || HOLDS.has(node.removeType)
  if (kind === 'SelectStmt') return callsSomething(node)
  return true
}

/** Statements that work on rows when they run; in a rule or a function they only stand. */
const WORKS: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

/** Tables whose rows it deletes, in WITH, too. */
function deletedIn(kind: string, node: Tree): Tree[] {
  const found: Tree[] = []
  if (!WORKS.has(kind)) return found
  walk({[kind]: node}, (name, one) => {
    const isMerge =
      name === 'MergeStmt' && (one.mergeWhenClauses as Tree[]).some((when) => when.MergeWhenClause?.commandType === 'CMD_DELETE')
    if (name === 'DeleteStmt' || isMerge) found.push(one.relation)
  })
  return found
}

/** Settings are set by SELECT, too. */
function callsSomething(node: Tree): boolean {
  const calls: string[] = []
  walk(node, (_, one) => {
    if (Array.isArray(one.funcname)) calls.push(strings(one.funcname).at(-1)!)
  })
  return calls.some((name) => name !== 'set_config' && name !== 'current_setting')
}

interface Held {
  /** schema and name; of what went: as they were */
  readonly relation: string
  readonly relkind: 'r' | 'p' | 'S' | 'c'
  /** null: the relation itself */
  readonly column: string | null
  readonly type: string | null
  /** what a domain is made of */
  readonly stored: string | null
  /** an expression gave it */
  readonly generated: boolean
  /** of a sequence: the column that it goes with */
  readonly owner: string | null
}

export interface Losses {
  /** what there is before a migration counts; what it makes itself is its own to take away */
  begin(): Promise<void>
  /** what that statement has taken away */
  after(statement: Statement): Promise<Hazard[]>
}

export function lossesIn(db: Db): Losses {
  let held = new Map<string, Held>()
  let names = new Map<string, string>()
  let since = '0'
  /** relations all of whose rows were read into others, with the columns that went along */
  const moved = new Map<string, ReadonlySet<string> | 'all'>()
  const oidOf = (node: Tree): string | undefined => {
    const name = rangeName(node)
    return [...names].find(([, known]) => known === quoteNames(...(name.length === 1 ? ['public', ...name] : name)))?.[0]
  }
  return {
    async begin() {
      const [mark] = await db.query('select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text as xid')
      since = mark!.xid
      held = new Map((await db.query(HELD)).map((row) => [row.key, row as unknown as Held]))
      moved.clear()
    },
    async after(statement) {
      const {kind, node} = statement
      names = new Map((await db.query(RELATIONS)).map(({oid, name}) => [oid, name]))
      if (kind === 'InsertStmt') noteMoved(node)
      if (kind === 'TruncateStmt')
        return (node.relations as Tree[]).flatMap(({RangeVar: one}) => {
          const oid = oidOf(one)
          return oid === undefined || held.has(oid) ? [losesData(`every row of ${rangeName(one).join('.')} goes`)] : []
        })
      const found: Hazard[] = []
      for (const relation of deletedIn(kind, node)) {
        const oid = oidOf(relation)
        if (oid === undefined || held.has(oid)) found.push(losesData(`rows of ${rangeName(relation).join('.')} go`))
      }
      const rows = await db.query(CHANGED, [since])
      found.push(...gone(new Set(rows.flatMap(({key, dropped}) => (dropped ? [key] : [])))))
      found.push(...changed(statement, rows))
      return found
    },
  }

  function noteMoved({selectStmt}: Tree): void {
    const {
      fromClause = [],
      whereClause,
      limitCount,
      targetList = [],
      groupClause,
      distinctClause,
      havingClause,
    } = selectStmt?.SelectStmt ?? {}
    const from = fromClause.length === 1 ? fromClause[0].RangeVar : undefined
    const oid = from && oidOf(from)
    if (!oid || whereClause || limitCount || groupClause || distinctClause || havingClause) return
    const read = new Set<string>()
    let isAll = false
    walk(targetList, (name, one) => {
      if (name === 'A_Star') isAll = true
      if (name === 'ColumnRef') {
        if ((one.fields as Tree[]).some((field) => field.A_Star)) isAll = true
        else read.add(strings(one.fields).at(-1)!)
      }
    })
    moved.set(oid, isAll ? 'all' : read)
  }

  /** Relations by their own identity: another one of the same name is another one. */
  function gone(dropped: ReadonlySet<string>): Hazard[] {
    const lost: Hazard[] = []
    const went = [...held].filter(([key, one]) => one.column === null && !names.has(key))
    for (const [oid, one] of went) {
      const columns = [...held].filter(([key]) => key.startsWith(`${oid} `))
      for (const [key] of columns) held.delete(key)
      held.delete(oid)
      const with_ = moved.get(oid)
      const left = columns.filter(([, {column, generated}]) => !generated && with_ !== 'all' && !with_?.has(column!))
      const stands = !one.owner || (names.has(one.owner.split(' ')[0]!) && !dropped.has(one.owner))
      if (one.relkind === 'S') lost.push(...(stands ? [losesData(`sequence ${one.relation} forgets where it stands`)] : []))
      else if (one.relkind === 'c') continue
      else if (!with_) lost.push(losesData(`table ${one.relation} goes with its rows`))
      else for (const [, {column}] of left) lost.push(losesData(`column ${one.relation}.${column} goes with its values`))
    }
    return lost
  }

  function changed({kind, node}: Statement, rows: readonly Row[]): Hazard[] {
    const lost: Hazard[] = []
    for (const now of rows) {
      const before = held.get(now.key)
      if (!before) continue
      const what = `${before.relation}.${before.column}`
      if (now.dropped) {
        held.delete(now.key)
        if (before.generated) continue
        if (before.relkind === 'c') {
          if (now.used) lost.push(losesData(`columns of type ${before.relation} lose ${before.column}`))
        } else lost.push(losesData(`column ${what} goes with its values`))
      } else if (before.type !== now.type) {
        held.set(now.key, {...before, type: now.type, stored: now.stored})
        if (before.generated || (before.relkind === 'c' ? !now.used : saysHow(kind, node, before.column!))) continue
        if (losesDigits(before.type!, now.type)) lost.push(losesData(`values of ${what} are rounded or cut to ${now.type}`))
        const [was, is] = [before.stored!.replaceAll('[]', ''), (now.stored as string).replaceAll('[]', '')]
        const bare = (type: string) => type.replace(/\(\d+\)/, '')
        if (goesByZone(bare(was), bare(is))) lost.push(zoneHazard(`values of ${what}`, was, is))
      }
    }
    return lost
  }
}

/** USING says how values change their type. */
function saysHow(kind: string, node: Tree, column: string): boolean {
  if (kind !== 'AlterTableStmt') return false
  return (node.cmds as Tree[]).some(
    ({AlterTableCmd: one}) =>
      one?.subtype === 'AT_AlterColumnType' && one.name === column && usesMore(one.def?.ColumnDef?.raw_default, column),
  )
}

/** `USING a::text::date` says no more than types do. */
function usesMore(expression: Tree | undefined, column: string): boolean {
  if (!expression) return false
  if (expression.TypeCast) return usesMore(expression.TypeCast.arg, column)
  return !(expression.ColumnRef && strings(expression.ColumnRef.fields).at(-1) === column)
}

const OWN = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`
const NAME = `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)`
const OF_COLUMN = `from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.refobjsubid > 0`
/** an identity's is part of it */
const KINDS = `(c.relkind in ('r', 'p', 'c') or c.relkind = 'S' and not exists (select ${OF_COLUMN} and d.deptype = 'i'))`
const OWNER = `(select d.refobjid::text || ' ' || d.refobjsubid ${OF_COLUMN} and d.deptype = 'a' limit 1)`
const TYPE = 'pg_catalog.format_type(a.atttypid, a.atttypmod)'
const STORED = `case t.typtype when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) else ${TYPE} end`

const RELATIONS = `
  select c.oid::text as oid, ${NAME} as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${OWN} and c.relkind in ('r', 'p', 'c', 'S')`

const HELD = `
  select c.oid::text as key, ${NAME} as relation, c.relkind::text as relkind, null as column, null as type, null as stored, false as generated,
    case c.relkind when 'S' then ${OWNER} end as owner
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${OWN} and ${KINDS}
  union all
  select c.oid::text || ' ' || a.attnum, ${NAME}, c.relkind::text, pg_catalog.quote_ident(a.attname), ${TYPE}, ${STORED}, a.attgenerated <> '', null
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  where ${OWN} and c.relkind in ('r', 'p', 'c')`

/** Rows of the catalog that were written since: few. */
const CHANGED = `
  select c.oid::text || ' ' || a.attnum as key, a.attisdropped as dropped, ${TYPE} as type, ${STORED} as stored,
    c.relkind = 'c' and exists (select from pg_catalog.pg_attribute u join pg_catalog.pg_class r on r.oid = u.attrelid
      join pg_catalog.pg_type h on h.oid = u.atttypid where c.reltype in (h.oid, h.typelem) and r.relkind in ('r', 'p')) as used
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace left join pg_catalog.pg_type t on t.oid = a.atttypid
  where pg_catalog.age(a.xmin) <= pg_catalog.age(($1::text::bigint % 4294967296)::text::xid) and a.attnum > 0 and ${OWN} and c.relkind in ('r', 'p', 'c')`

// A new column whose default differs from row to row, on a table in use, in; steps that give the rows there are their values bit by bit out.
import {quoteBody, quoteName, quoteText} from '../../postgres/quote.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {relations} from '../relations.ts'
import {creates} from '../step.ts'
import {chain} from './chain.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {columnClause} from './column-clause.ts'
import type {DefaultBody} from './default.ts'
import {isAlone, notNullSteps, withoutNotNull} from './not-null.ts'
import {partitionsOf} from './partition.ts'

type Column = CatalogObject<ColumnBody>
type Default = CatalogObject<DefaultBody>

/** Pages that one transaction works on: some ten thousand rows, whose writers wait for less than a second. */
const PAGES = 200
/** A row that somebody else moves meanwhile may be missed, and is met by the next pass. */
const PASSES = 5

/** `add`: the one statement that would write every row again, with what it needs; undefined: it has to be that one. */
export function filledLater(c: Column, value: Default | undefined, add: Step, context: Context): readonly Step[] | undefined {
  if (!value || !isFilledLater(c, value, context)) return undefined
  const table = tableOf(c)
  const column = quoteName(c.name[2]!)
  const bare = withoutNotNull(c)
  const apart = (ids: readonly ObjectId[]) => ids.filter((id) => id !== c.id)
  const why = `every row of ${table} is written again, ${PAGES} pages at a time, while others read and write it`
  const steps = [
    {...add, sql: `ALTER TABLE ${table} ADD COLUMN ${columnClause(bare)}`, makes: [], hazards: []},
    creates(value, `ALTER TABLE ${table} ALTER COLUMN ${column} SET DEFAULT ${value.body.expression}`, {
      makes: [],
      needs: apart(value.needs),
    }),
    creates(c, fillSql(c, value, context), {
      verb: 'alter',
      makes: [],
      needs: [],
      claims: [],
      transaction: 'alone',
      hazards: [{name: 'long-scan', why}],
      cost: {locks: new Map(), rewrites: new Set(), scans: new Set()},
    }),
    ...notNullSteps(bare, c, context).map((step): Step => ({...step, verb: 'create', needs: apart(step.needs)})),
  ]
  const last = steps.pop()!
  return chain(c.id, [...steps, {...last, makes: [c.id, value.id]}])
}

function isFilledLater(c: Column, value: Default, context: Context): boolean {
  if (!value.beside?.volatile || !context.isBusy(c.parent!) || isAlone(c.body)) return false
  // a domain's own rules would be asked before there is a value
  if (c.needs.some((id) => id.startsWith('domain '))) return false
  if (value.needs.some((id) => id !== c.id && leadsTo(c.id, id, context))) return false
  const family = familyOf(c.parent!, context)
  return family?.every((table) => mayBeUpdated(table, c, context)) ?? false
}

/** What the default calls may need the column itself. */
function leadsTo(wanted: ObjectId, id: ObjectId, context: Context, seen = new Set<ObjectId>()): boolean {
  if (id === wanted) return true
  if (seen.has(id) || !context.isMade(id)) return false
  seen.add(id)
  return context.desired.objects.get(id)!.needs.some((next) => leadsTo(wanted, next, context, seen))
}

/** The table and its partitions; undefined: rows of others would have to be written too. */
function familyOf(table: ObjectId, context: Context): ObjectId[] | undefined {
  const parts = partitionsOf(table, context.desired).map((id) => context.desired.objects.get(id)!.parent!)
  const isHeir = (o: CatalogObject) => o.body.inherits !== undefined && o.id !== table
  if (relations(context.desired).dependents(table).some(isHeir)) return undefined
  const below = parts.map((part) => (part.startsWith('table ') ? familyOf(part, context) : undefined))
  return below.includes(undefined) ? undefined : [table, ...below.flatMap((some) => some!)]
}

/** UPDATE does there what it says, and nothing else. */
function mayBeUpdated(table: ObjectId, c: Column, context: Context): boolean {
  const states = ['current', 'desired'] as const
  const parts = states.flatMap((state) => context.children(state, table))
  const identities = parts.filter(({kind}) => kind === 'replica identity')
  const isNothing = identities.some(({body}) => body.index === undefined && !body.full)
  const isKeyed = !isNothing && parts.some(({kind, body}) => kind === 'constraint' && body.type === 'p' && !isDeferrable(body))
  return (
    states.every((state) => {
      const {objects} = context[state]
      // it may hide rows from their owner; a published row that nothing identifies can't be updated
      if (objects.get(table)?.body.forceRowSecurity) return false
      return isKeyed || ![...objects.values()].some(({kind}) => kind === 'publication')
    }) && !parts.some((o) => isInTheWay(o, c))
  )
}

/** Such a key tells no subscriber which row it is. */
const isDeferrable = ({definition}: {definition: string}): boolean => definition.includes(' DEFERRABLE')

/** A trigger or rule that would fire; a rule that rows there are may break, and that an UPDATE asks them for all the same. */
function isInTheWay({kind, body, beside, needs}: CatalogObject, c: Column): boolean {
  if (kind === 'rule') return true
  if (kind === 'trigger')
    return body.enabled !== 'D' && (beside?.updates === 'any' || (beside?.updates === 'some' && needs.includes(c.id)))
  if (kind === 'column') return body.notNullNotValid === true
  return kind === 'constraint' && body.type === 'c' && body.definition.endsWith(' NOT VALID')
}

/** Rows that have a value are passed over: run again after it was cut off, it goes on with those that have none. */
function fillSql(c: Column, {body}: Default, {desired}: Context): string {
  const column = quoteName(c.name[2]!)
  const table = quoteText(tableOf(c))
  const isPartitioned = desired.objects.get(c.parent!)?.body.partitionBy
  // partitions that no file names, too
  const tables = isPartitioned ? `(SELECT relid FROM pg_partition_tree(${table}) WHERE isleaf)` : `[${table}::regclass]`
  const rest = ` SET ${column} = ${body.expression} WHERE ${column} IS NULL AND ctid >= $1 AND ctid < $2`
  return `DO ${quoteBody(
    `
-- pgext:repeatable
DECLARE
  tables regclass[] := ARRAY${tables};
  part regclass;
  page bigint;
  pages bigint;
  filled bigint;
  missed boolean;
BEGIN
  FOR pass IN 1..${PASSES} LOOP
    missed := false;
    FOREACH part IN ARRAY tables LOOP
      page := 0;
      pages := pg_relation_size(part) / current_setting('block_size')::bigint;
      WHILE page <= pages LOOP
        BEGIN
          EXECUTE 'UPDATE ONLY ' || part || ${quoteText(rest)}
            USING format('(%s,0)', page)::tid, format('(%s,0)', page + ${PAGES})::tid;
          GET DIAGNOSTICS filled = ROW_COUNT;
          missed := missed OR filled > 0;
        EXCEPTION WHEN deadlock_detected THEN
          missed := true;
        END;
        COMMIT;
        page := page + ${PAGES};
      END LOOP;
    END LOOP;
    EXIT WHEN NOT missed;
  END LOOP;
END
`,
    'pgext',
  )}`
}

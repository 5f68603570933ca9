// An index that no constraint owns.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, bodyOf, isUserSchema} from '../address.ts'
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Kind, Refusal} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {attachedTo, isLackedByComing, losesPart, needsBelow, renamedFrom, renamedTo, takesUp} from './attachment.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'
import {changesAlone, indexBeside, isDroppedOnline, isOnline, stepAside} from './online.ts'
import {optionChanges, printOptions} from './option.ts'
import {comesBefore, partitionsOf} from './partition.ts'
import {changePlace, changeUpkeep, MOVED, UPKEEP, UPKEEP_JOINS, type Upkeep} from './upkeep.ts'

export interface IndexBody extends Upkeep {
  unique?: true
  /** what pg_get_indexdef prints behind the name and before WITH: `ON public.orders USING btree (note)` */
  definition: string
  options?: string[]
  where?: string
  /** built CONCURRENTLY and failed: takes room, serves nobody */
  invalid?: true
}

/** A FROM item with all indexes and what is printed of them; without OFFSET each would be printed for every mention of it. */
const PRINTED = `(
    select i.oid, i.relname, i.relkind, i.reloptions, i.reltablespace, n.nspname, x.indrelid, x.indisunique, x.indisvalid,
      'CREATE ' || case when x.indisunique then 'UNIQUE ' else '' end || 'INDEX ' || quote_ident(i.relname) as head,
      pg_get_indexdef(i.oid) as text, pg_get_expr(x.indpred, x.indrelid) as predicate,
      case when i.reloptions is not null then (
        select string_agg(quote_ident(split_part(u, '=', 1)) || '=' || case when quote_ident(v) = v then v else quote_literal(v) end, ', ' order by n)
        from unnest(i.reloptions) with ordinality w (u, n) cross join lateral (select substr(u, strpos(u, '=') + 1)) s (v)) end as list
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    join pg_class c on c.oid = x.indrelid and c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
    join pg_namespace n on n.oid = i.relnamespace and ${isUserSchema('n.nspname')}
    left join pg_constraint k on k.conindid = i.oid and k.contype in ('p', 'u', 'x')
    where k.oid is null
    offset 0)`

export const index: Kind<IndexBody> = {
  name: 'index',
  quiet: () => true,
  rename: (from, to, {current}) => renamed(from, to, current),

  // 99: those of TOAST tables
  some: beyond('pg_class', `relkind in ('i', 'I') and relnamespace <> 99`),
  query: () => `
    select ${address('pg_class', 'i.oid')} as address,
      array[i.nspname, i.relname]::text[] as name,
      ${address('pg_class', 'i.indrelid')} as parent,
      array['relation ' || i.nspname || '.' || i.relname] as claims,
      dx.addresses || case when up.inhparent is not null then array[${address('pg_class', 'up.inhparent')}] end as needs,
      ${bodyOf({
        unique: 'case when i.indisunique then true end',
        definition: `substr(i.text, length(i.head) + 2, length(i.text) - length(i.head) - 1
          - length(coalesce(' WITH (' || i.list || ')', '') || coalesce(' WHERE ' || i.predicate, '')))`,
        options: 'i.reloptions',
        where: 'i.predicate',
        ...UPKEEP,
        invalid: `case when not i.indisvalid and i.relkind = 'i' then true end`,
      })} as body
    from ${PRINTED} i
    left join pg_inherits up on up.inhrelid = i.oid${UPKEEP_JOINS}`,

  create(i, context) {
    const was = renamedFrom(i, context)
    if (was) return {with: was.id}
    if (i.body.invalid) return refusal(i)
    const table = context.desired.objects.get(i.parent!)
    const unique = i.body.unique ? 'UNIQUE ' : ''
    const sql = (name: string, how: string) =>
      `CREATE ${unique}INDEX ${how}${quoteName(name)} ${sqlOf(i, takesUp(i.id, context))}`
    const made = creates(i, sql(i.name[1]!, ''), {
      // attaching a table takes up any equal index of the parent's: which one of two equals is not ours to choose, so they come after
      needs: [
        ...needsBelow(i, context),
        ...(comesBefore(i.id, context) ? [] : partitionsOf(i.parent!, context.desired).filter((id) => context.isMade(id))),
      ],
      hazards:
        i.body.unique && !context.isMade(i.parent!)
          ? [{name: 'data-dependent', why: `fails when rows of ${quoteNames(...(table?.name ?? []))} hold one value twice`}]
          : [],
    })
    const isApart = isOnline(i, context) && (!context.isBroken(i.id) || changesAlone(i, context))
    return [
      ...(isApart ? indexBeside(i, made, sql, context) : [made]),
      ...changeUpkeep(nameOf(i), {}, i.body).map((sql) => follows(i, sql)),
    ]
  },

  // one that is invalid is dropped and made again
  alter(from, to, context) {
    if (losesPart(from.id, context)) return 'replace'
    if (to.body.invalid && !from.body.invalid) return refusal(to)
    const alike = (['unique', 'definition', 'where', 'invalid'] as const).every((part) => from.body[part] === to.body[part])
    const options = optionChanges(nameOf(to), from.body.options ?? [], to.body.options ?? [], 'INDEX')
    // a partitioned index has no ALTER INDEX … SET
    if (!alike || isLackedByComing(to, context) || (options.length > 0 && to.body.definition.startsWith(ALONE))) return 'replace'
    return [
      ...options.map((sql) => alters(from, to, sql)),
      ...changePlace(nameOf(to), from.body, to.body).map((sql) => alters(from, to, sql, {hazards: [MOVED]})),
      ...changeUpkeep(nameOf(to), from.body, to.body).map((sql) => alters(from, to, sql)),
    ]
  },

  drop(i, context) {
    const above = attachedTo(i, context.current)
    // of a table that is no partition any more it stays behind
    if (above && context.isBroken(above) && !context.isBroken(idAbout('partition', i.parent!))) return {with: above}
    const now = renamedTo(i, context)
    if (now)
      return [
        drops(i, `ALTER INDEX ${nameOf(i)} RENAME TO ${quoteName(now.name[1]!)}`, {
          verb: 'alter',
          makes: [now.id],
          claims: now.claims,
        }),
      ]
    if (changesAlone(i, context)) return stepAside(i, context)
    if (isDroppedOnline(i, context) && !context.isMade(i.id)) {
      return [drops(i, `DROP INDEX CONCURRENTLY ${nameOf(i)}`, {transaction: 'alone'})]
    }
    return [drops(i, `DROP INDEX ${nameOf(i)}`)]
  },
}

function refusal(i: CatalogObject): Refusal {
  return {refuse: `${i.id} is invalid where it is wanted, which no statement brings about: REINDEX it there, or drop it`}
}

const ALONE = 'ON ONLY '

/** pg_get_indexdef prints a partitioned table's index without those of its partitions. */
function forAll(definition: string): string {
  return definition.startsWith(ALONE) ? `ON ${definition.slice(ALONE.length)}` : definition
}

/** pg_get_indexdef leaves the tablespace out; it stands between WITH and WHERE. */
function sqlOf({body}: CatalogObject<IndexBody>, whole: boolean): string {
  return [
    whole ? forAll(body.definition) : body.definition,
    body.options && `WITH (${printOptions(body.options)})`,
    body.tablespace && `TABLESPACE ${quoteName(body.tablespace)}`,
    body.where && `WHERE ${body.where}`,
  ]
    .filter(Boolean)
    .join(' ')
}

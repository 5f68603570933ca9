// Statements that PostgreSQL reads only when they run in; what they speak of, by names alone, out.
import {isUserSchema} from '../../diff/address.ts'
import {idOf} from '../../diff/id.ts'
import {SIGNATURE} from '../../diff/kinds/routine.ts'
import type {ObjectId} from '../../diff/model.ts'
import type {Db} from '../../postgres/db.ts'
import {callsIn, strings, type Tree, walk} from '../../postgres/parse.ts'
import type {Manner} from '../model.ts'
import {writtenIn} from './written.ts'

export interface Guess {
  readonly on: ObjectId
  readonly manner: Manner
}

interface Known {
  readonly kind: string
  readonly schema: string
  readonly name: string
  readonly signature?: string
  readonly columns?: readonly string[]
}

export class Guesses {
  readonly #relations = new Map<string, Known[]>()
  readonly #routines = new Map<string, Known[]>()

  static async read(db: Db): Promise<Guesses> {
    const guesses = new Guesses()
    const [row] = await db.query(KNOWN)
    for (const one of JSON.parse(row!.relations) as Known[]) push(guesses.#relations, one)
    for (const one of JSON.parse(row!.routines) as Known[]) push(guesses.#routines, one)
    return guesses
  }

  of(trees: readonly Tree[], path: readonly string[]): Guess[] {
    return trees.flatMap((tree) => this.#of(tree, path))
  }

  #of(tree: Tree, path: readonly string[]): Guess[] {
    const writes = writtenIn(tree)
    const written = new Set(writes.map(({table}) => table.join('\0')))
    const found: Guess[] = []
    const columns = new Set<string>()
    const relations: Known[] = []
    walk({'': tree}, (name, node) => {
      if (typeof node.relname === 'string') {
        const names = node.schemaname ? [node.schemaname, node.relname] : [node.relname]
        for (const one of this.#find(this.#relations, names, path)) {
          relations.push(one)
          found.push({on: idOf(one.kind, [one.schema, one.name]), manner: written.has(names.join('\0')) ? 'writes' : 'reads'})
        }
      }
      if (name === 'ColumnRef') for (const one of strings(node.fields)) columns.add(one)
      if (name === 'ResTarget' && typeof node.name === 'string') columns.add(node.name)
    })
    for (const names of callsIn(tree))
      for (const one of this.#find(this.#routines, names, path))
        found.push({on: idOf(one.kind, [one.schema, one.name], one.signature), manner: 'calls'})
    const given = new Set(writes.flatMap(({columns}) => columns ?? []))
    for (const {kind, schema, name, columns: all = []} of relations)
      for (const column of PARTS[kind] ? all.filter((one) => columns.has(one)) : [])
        found.push({on: idOf(PARTS[kind]!, [schema, name, column]), manner: given.has(column) ? 'writes' : 'reads'})
    return found
  }

  #find(among: ReadonlyMap<string, Known[]>, names: readonly string[], path: readonly string[]): Known[] {
    const all = among.get(names.at(-1)!) ?? []
    if (names.length > 1) return all.filter(({schema}) => schema === names.at(-2))
    const schema = path.find((name) => all.some((one) => one.schema === name))
    return all.filter((one) => one.schema === schema)
  }
}

const PARTS: Readonly<Record<string, string>> = {
  table: 'column',
  'foreign table': 'foreign column',
  view: 'view column',
  'materialized view': 'view column',
}

function push(map: Map<string, Known[]>, one: Known): void {
  const list = map.get(one.name)
  if (list) list.push(one)
  else map.set(one.name, [one])
}

const KNOWN = `
  select
    (select coalesce(json_agg(r), '[]')::text from (
      select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence' else 'table' end as kind,
        n.nspname as schema, c.relname as name, array_agg(a.attname) filter (where a.attnum > 0 and not a.attisdropped) as columns
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      group by c.oid, n.nspname) r) as relations,
    (select coalesce(json_agg(r), '[]')::text from (
      select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind, n.nspname as schema, p.proname as name,
        '(' || coalesce(${SIGNATURE}, case p.prokind when 'a' then '*' else '' end) || ')' as signature
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace and ${isUserSchema('n.nspname')}) r) as routines`

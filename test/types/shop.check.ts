// The types of shop.sql in; what must hold of them, said so that this file compiles only where it does.
import {
  type CompositeTypes,
  Constants,
  type Database,
  type Enums,
  type Json,
  type Tables,
  type TablesInsert,
  type TablesUpdate,
} from './shop.database.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_ extends true>(): void {}

/** What clients demand of a schema. */
interface Relationship {
  foreignKeyName: string
  columns: string[]
  isOneToOne?: boolean
  referencedRelation: string
  referencedColumns: string[]
}
type Rows = Record<string, unknown>
type Table = {Row: Rows; Insert: Rows; Update: Rows; Relationships: Relationship[]}
type View = Table | {Row: Rows; Relationships: Relationship[]}
type Routine = {Args: Rows | never; Returns: unknown}
type Schema = {Tables: Record<string, Table>; Views: Record<string, View>; Functions: Record<string, Routine>}
function takes<_ extends Record<string, Schema>>(): void {}
takes<Database>()

// rows
holds<Same<Tables<'orders'>['id'], number>>()
holds<Same<Tables<'orders'>['total'], number>>()
holds<Same<Tables<'orders'>['label'], string>>()
holds<Same<Tables<'orders'>['pieces'], number>>()
holds<Same<Tables<'orders'>['words'], string[]>>()
holds<Same<Tables<'orders'>['class'], string | null>>()
holds<Same<Tables<'orders'>['data'], Json>>()
holds<Same<Tables<'orders'>['wi\'th "quotes'], boolean | null>>()
holds<Same<Tables<'select', 'Odd Schema'>['__proto__'], number | null>>()
holds<Same<Tables<'select', 'Odd Schema'>['constructor'], number>>()
holds<Same<Tables<'customers'>['Full Name'], string>>()
holds<Same<Tables<'customers'>['loud'], string | null>>()
holds<Same<Tables<'customers'>['shades'], ('red' | 'green')[]>>()
holds<Same<Tables<'select', 'Odd Schema'>['Ünï'], string[]>>()
holds<Same<keyof Tables<'empty'>, string>>()
// @ts-expect-error a partition is no relation of its own
export type Partition = Tables<'events_2025'>
// @ts-expect-error there is no such table
export type Nothing = Tables<'order'>
// @ts-expect-error it stands in another schema
export type Elsewhere = Tables<'hidden'>

// what is inserted
export const least: TablesInsert<'orders'> = {customer_id: 1, total: 2, label: 'a', words: []}
export const minimal: TablesInsert<'customers'> = {email: 'a@b', 'Full Name': 'a'}
export const cleared: TablesInsert<'orders'> = {...least, parent_id: null, class: null, id: 7, pieces: 2, state: 'paid'}
// @ts-expect-error a domain that takes no null
export const unlabelled: TablesInsert<'orders'> = {customer_id: 1, total: 2, words: []}
// @ts-expect-error NOT NULL without a default
export const wordless: TablesInsert<'orders'> = {customer_id: 1, total: 2, label: 'a'}
// @ts-expect-error NOT NULL with a default takes no null
export const emptied: TablesInsert<'orders'> = {...least, state: null}
// @ts-expect-error no label of the enum
export const lost: TablesInsert<'orders'> = {...least, state: 'lost'}
// @ts-expect-error GENERATED ALWAYS AS IDENTITY
export const numbered: TablesInsert<'customers'> = {...minimal, id: 1}
// @ts-expect-error a generated column
export const loud: TablesInsert<'customers'> = {...minimal, loud: 'A'}
// @ts-expect-error of another type
export const wrong: TablesInsert<'orders'> = {...least, customer_id: 'a'}

// what is updated
export const nothing: TablesUpdate<'orders'> = {}
export const some: TablesUpdate<'orders'> = {label: 'b', class: null}
// @ts-expect-error it takes no null
export const unlabel: TablesUpdate<'orders'> = {label: null}
// @ts-expect-error GENERATED ALWAYS AS IDENTITY
export const renumber: TablesUpdate<'customers'> = {id: 2}

// views
holds<Same<Tables<'open_orders'>['id'], number>>()
holds<Same<Tables<'again'>, {order_id: number; state: Enums<'state'>}>>()
holds<Same<Tables<'full_orders'>['name'], string>>()
holds<Same<Tables<'full_orders'>['text'], string | null>>()
holds<Same<Tables<'full_orders'>['note'], number | null>>()
holds<Same<Tables<'full_orders'>['shout'], string | null>>()
holds<Same<Tables<'sums'>['customer_id'], number | null>>()
holds<Same<Tables<'everything'>['id'], number | null>>()
holds<Same<TablesInsert<'full_orders'>, never>>()
export const through: TablesInsert<'open_orders'> = {customer_id: 1, total: 2}
export const steered: TablesInsert<'steered'> = {}

// types
holds<Same<Enums<'state'>, 'open' | 'paid' | "it's gone" | 'back\\slash' | 'double "quote"'>>()
holds<Same<(typeof Constants)['public']['Enums']['state'][number], Enums<'state'>>>()
holds<Same<CompositeTypes<'trip', 'app'>['stops'], CompositeTypes<'place', 'app'>[] | null>>()
holds<Same<CompositeTypes<'place', 'app'>['colour'], 'red' | 'green' | null>>()
export const first: 'red' = Constants.app.Enums.colour[0]

// functions
type Functions = Database['public']['Functions']
type Order = Tables<'orders'>
holds<Same<Functions['add'], {Args: {a: number | null; b?: number | null}; Returns: number | null}>>()
holds<Same<Functions['strictly']['Args'], {a: number; at: string}>>()
holds<Same<Functions['search']['Returns'], {id: number | null; 'Full Name': string | null; sure: string}[]>>()
holds<Same<Functions['search']['Args']['words'], string[] | null>>()
holds<Same<Functions['both']['Args'], {a: number | null}>>()
holds<Same<Functions['one_out']['Returns'], {x: number | null}>>()
holds<Same<Functions['orders_of']['Returns'], Order[]>>()
holds<Same<Functions['views']['Returns'], Tables<'open_orders'>[]>>()
holds<Same<Functions['places']['Returns'], CompositeTypes<'place', 'app'>[]>>()
holds<Same<Functions['numbers']['Returns'], (number | null)[]>>()
holds<Same<Functions['surely']['Returns'], string>>()
holds<Same<Functions['nothing']['Returns'], null>>()
holds<Same<Functions['sum_of']['Args'], {numbers: number[] | null}>>()
holds<Same<Functions['body']['Args'], {'': Json}>>()
holds<Same<Functions['row_in']['Args']['o'], {[Column in keyof Order]: Order[Column] | null} | null>>()
type Calls<F> = F extends {Args: infer A; Returns: infer R} ? [A, R] : never
holds<
  Same<
    Calls<Functions['over']>,
    [never, boolean | null] | [{a: number | null}, number | null] | [{a: number | null; b: string | null}, string | null]
  >
>()
for (const name of ['act', 'nobody', 'proceed', 'total_of', 'steer'] as const) {
  // @ts-expect-error nobody can call these by name
  void (null as unknown as Functions)[name]
}

/** Its columns are null where no row was found, and looking at one tells of all. */
export function idOf(found: Functions['order_of']['Returns']): number | undefined {
  return found.id === null ? undefined : found.id + found.customer_id + found.label.length
}

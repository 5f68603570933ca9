// The types of shop.sql in; that a client of them takes their tables and tells their rows, said so that this file compiles only where it does.
import {connect} from '../../src/client/index.ts'
import type {Database} from './shop.database.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_ extends true>(): void {}

export function check(): void {
  const client = connect<Database>('wss://example.com')
  client.table('orders').on('INSERT', ({row}) => {
    // what may be a bigint comes as text
    holds<Same<typeof row.id, string | number>>()
    holds<Same<typeof row.label, string>>()
    holds<Same<typeof row.class, string | null>>()
    holds<Same<typeof row.words, string[]>>()
  })
  client.table('app.hidden').on('DELETE', ({key, row}) => {
    holds<Same<typeof row, null>>()
    holds<Same<NonNullable<typeof key>['order_id'], string | number | null | undefined>>()
  })
  const some = client.table('orders', {columns: ['label']}).snapshot()
  holds<Same<(typeof some.rows)[number], {label: string}>>()
  client.table('*' as 'orders').on('*', (change) => {
    if (change.op === 'TRUNCATE') holds<Same<typeof change.row, null>>()
    if (change.op === 'UPDATE') holds<Same<typeof change.row.label, string>>()
  })
  // @ts-expect-error there is no such table
  client.table('order')
  // @ts-expect-error there is no such column
  client.table('orders', {columns: ['nothing']})
  // without types any name will do
  connect('wss://example.com')
    .table('whatever')
    .on('INSERT', ({row}) => row.anything)
}

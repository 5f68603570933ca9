// Steps and the state they run in; each with its cost, also behind one that the parser of a newer major can't read.
import {expect, test} from 'vitest'
import {price} from '../../src/cost/price.ts'
import {idOf} from '../../src/diff/id.ts'
import type {CatalogObject, Step} from '../../src/diff/model.ts'
import {catalogOf} from '../../src/diff/read.ts'
import {drops} from '../../src/diff/step.ts'

const table: CatalogObject = {
  id: idOf('table', ['public', 'orders']),
  kind: 'table',
  name: ['public', 'orders'],
  position: 0,
  body: {},
  needs: [],
  softNeeds: [],
  claims: [],
  hash: 'a',
}
const server = {
  major: 15,
  versionNumber: 150000,
  database: 'd',
  user: 'u',
  superuser: true,
  engine: 'postgres' as const,
  path: 'public',
}

test('what an older server says in words that are keywords now is passed over, and the rest has its cost', async () => {
  const current = catalogOf(new Map([[table.id, table]]), server)
  const step = (sql: string): Step => drops(table, sql, {breaks: []})
  const steps = [
    step('CREATE OR REPLACE FUNCTION c.json_identity(json json) RETURNS json LANGUAGE sql AS $$select $1$$'),
    step('ALTER TABLE public.orders SET UNLOGGED'),
  ]
  const [unread, priced] = await price(steps, {current, desired: current, major: 15})
  expect(unread).toEqual(steps[0])
  expect(priced!.cost!.locks.get('public.orders')).toBe('ACCESS EXCLUSIVE')
  expect(priced!.hazards.map(({name}) => name)).toEqual(['rewrite'])
})

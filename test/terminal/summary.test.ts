import {expect, test} from 'vitest'
import type {CatalogObject, Change, ObjectId} from '../../src/diff/model.ts'
import {summaryLines} from '../../src/terminal/summary.ts'

const plain = (_: unknown, text: string) => text

function object(kind: string, name: string, parent?: string): CatalogObject {
  const id = `${kind} ${name}` as ObjectId
  return {
    id,
    kind,
    name: name.split('.'),
    parent: parent as ObjectId,
    position: 0,
    body: {},
    needs: [],
    softNeeds: [],
    claims: [],
    hash: id,
  }
}

const create = (o: CatalogObject): Change => ({verb: 'create', to: o})

test('what a new table holds stands on its line, an index on its own', () => {
  const changes = [
    create(object('column', 'public.a.id', 'table public.a')),
    create(object('default', 'public.a.id', 'column public.a.id')),
    create(object('column', 'public.a.note', 'table public.a')),
    create(object('index', 'public.a_note', 'table public.a')),
    create(object('table', 'public.a')),
  ]
  expect(summaryLines(changes, plain)).toEqual(['+ index public.a_note', '+ table public.a  2 columns, 1 default'])
})

test('a column of a table that stays has its own line', () => {
  const changes: Change[] = [
    create(object('column', 'public.b.due', 'table public.b')),
    {verb: 'drop', from: object('column', 'public.b.note', 'table public.b')},
    {
      verb: 'alter',
      from: object('column', 'public.b.id', 'table public.b'),
      to: object('column', 'public.b.id', 'table public.b'),
    },
  ]
  expect(summaryLines(changes, plain)).toEqual(['+ column public.b.due', '- column public.b.note', '~ column public.b.id'])
})

// Changes in; the events that users see.
import {describe, expect, test} from 'vitest'
import {eventJson, readEvent} from '../../src/events/event.ts'
import {Excerpt} from '../../src/events/excerpt.ts'
import {Writers} from '../../src/events/json.ts'
import type {Change, Row, Shape} from '../../src/events/model.ts'
import {Types} from '../../src/events/types.ts'

const [INT, BIGINT, TEXT, JSONB] = [23, 20, 25, 3802]

const shape: Shape = {
  relid: 16400,
  schema: 'public',
  table: 'tasks',
  columns: [
    {name: 'id', type: BIGINT, key: true},
    {name: 'room', type: INT, key: true},
    {name: 'body "x"', type: TEXT, key: false},
    {name: '__proto__', type: JSONB, key: false},
  ],
}
const moment = {token: 'w1', xid: '740', time: '2026-11-22 03:27:43.12+00'}
const writers = new Writers(new Types())
const change = (operation: Change['operation'], row?: Row, old?: Row): Change => ({kind: 'change', operation, shape, row, old})
const json = (change: Change) => eventJson(change, moment, writers)
const FIRST: Row = ['9007199254740993', '1', 'a\n', '{"n": 1.50}']

describe('an event', () => {
  test('as text: nothing of it was parsed', () => {
    expect(json(change('INSERT', FIRST))).toBe(
      '{"token":"w1","schema":"public","table":"tasks","op":"INSERT","key":{"id":"9007199254740993","room":1},' +
        '"row":{"id":"9007199254740993","room":1,"body \\"x\\"":"a\\n","__proto__":{"n": 1.50}},"changed":null,' +
        '"time":"2026-11-22T03:27:43.12+00:00","transaction":"740"}',
    )
  })

  test('as an object', () => {
    const event = readEvent(json(change('UPDATE', FIRST, ['9007199254740993', '1', null, '{"n": 1.50}'])))
    expect(event).toMatchObject({
      op: 'UPDATE',
      key: {id: '9007199254740993', room: 1},
      changed: ['body "x"'],
      old: {room: 1, 'body "x"': null},
    })
    expect(Object.keys(event.row!)).toEqual(['id', 'room', 'body "x"', '__proto__'])
    expect(Object.getOwnPropertyDescriptor(event.row, '__proto__')!.value).toEqual({n: 1.5})
    expect(event).not.toHaveProperty('unchanged')
    expect(event).not.toHaveProperty('partition')
  })

  test('without the row before nothing is known of what changed', () => {
    const event = readEvent(json(change('UPDATE', ['1', '1', undefined, null])))
    expect(event).toMatchObject({changed: null, unchanged: ['body "x"'], row: {id: '1', room: 1}})
    expect(event).not.toHaveProperty('old')
    expect(event.row).not.toHaveProperty('body "x"')
    expect(readEvent(json(change('UPDATE', FIRST, ['9007199254740993', '1', undefined, undefined]))).changed).toBeNull()
    expect(readEvent(json(change('UPDATE', FIRST, FIRST))).changed).toEqual([])
  })

  test('a row that is gone', () => {
    const event = readEvent(json(change('DELETE', undefined, ['7', '1', undefined, undefined])))
    expect(event).toMatchObject({op: 'DELETE', key: {id: '7', room: 1}, row: null, old: {id: '7', room: 1}, changed: null})
  })

  test('a table that is emptied', () => {
    const partition = {schema: 'public', table: 'tasks_1'}
    const event = readEvent(json({...change('TRUNCATE'), partition}))
    expect(event).toMatchObject({op: 'TRUNCATE', key: null, row: null, changed: null, partition})
  })

  test('without a key', () => {
    const keyless = {...shape, columns: shape.columns.map((column) => ({...column, key: false}))}
    expect(readEvent(json({...change('INSERT', FIRST), shape: keyless})).key).toBeNull()
  })

  test('a column that may not be seen appears nowhere', () => {
    const excerpt = new Excerpt(['id', 'room'])
    const seen = readEvent(json(excerpt.of(change('UPDATE', FIRST, ['9007199254740993', '2', 'b', null]))))
    expect(seen).toMatchObject({row: {id: '9007199254740993', room: 1}, old: {room: 2}, changed: ['room']})
    expect(JSON.stringify(seen)).not.toMatch(/body|proto/)
    const unsent = json(excerpt.of(change('UPDATE', ['1', '1', undefined, undefined])))
    expect(unsent).not.toMatch(/body|unchanged/)
    const half = readEvent(json(new Excerpt(['room', 'nothing']).of(change('DELETE', undefined, FIRST))))
    expect(half).toMatchObject({key: {room: 1}, old: {room: 1}})
    expect(half.key).not.toHaveProperty('id')
    expect(readEvent(json(new Excerpt([]).of(change('INSERT', FIRST))))).toMatchObject({key: null, row: {}})
  })
})

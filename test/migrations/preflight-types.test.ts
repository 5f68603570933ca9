// Rows as they are, and what pending migrations make of their types and domains: what has no room, or breaks a domain's rule, is counted.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openRows, type Rows, told} from './rows.ts'

let rows: Rows
let db: Rows['db']
let one: Rows['one']
let look: Rows['look']
beforeAll(async () => {
  rows = await openRows()
  ;({db, one, look} = rows)
})
afterAll(() => rows?.close())

describe('values that a type has no room for', () => {
  beforeAll(async () => {
    await db.script(`create table public.bits (id int, b bit(8), v bit varying, n int, c char(8), cs varchar[], bs bit(8)[]);
      insert into public.bits values (1, B'10101010', B'1', 7, 'abc', '{abc}', array[B'11110000']), (2, null, B'10101', 123, 'abcdef', '{a,abcdef}', null);
      create domain public.short as varchar(3); create domain public.shorter as public.short; create domain public.shorts as varchar(3)[]`)
  })

  test.each([
    ['b type bit(4)', 'type bit(4) of b', 1],
    ['v type bit varying(4)', 'type bit varying(4) of v', 1],
    ['v type varbit(5)', undefined, 0],
    ['b type bit varying(4)', 'type bit varying(4) of b', 1],
    ['c type char(4)', 'type char(4) of c', 1],
    ['c type char(6)', undefined, 0],
    ['c type varchar(4)', 'type varchar(4) of c', 1],
    ['n type char(2)', 'type char(2) of n', 1],
    ['cs type varchar(3)[]', 'type varchar(3)[] of cs', 1],
    ['cs type char(6)[]', undefined, 0],
    ['bs type bit(4)[]', 'type bit(4)[] of bs', 1],
    ['bs type varbit(8)[]', undefined, 0],
    ['c type short', 'type short of c', 1],
    ['c type shorter', 'type shorter of c', 1],
    ['cs type short[]', 'type short[] of cs', 1],
    ['cs type shorts', 'type shorts of cs', 1],
    ['cs type shorter[]', 'type shorter[] of cs', 1],
    ['c type short using left(c, 3)', undefined, 0],
  ])('%s', async (text, rule, rows) => {
    const sql = `alter table bits alter ${text}`
    expect((await one(sql)).map(([line]) => line)).toEqual(rule ? [`${rule} on bits: ${rows}`] : [])
    const applied = await db.script(`begin; set local search_path = public; ${sql}; rollback`).then(
      () => true,
      () => false,
    )
    if (!applied) await db.script('rollback')
    expect(applied).toBe(!rule)
  })
})

describe('rules of domains', () => {
  beforeAll(async () => {
    await db.script(`set search_path = public; create domain amount as numeric(10, 2); create domain price as amount check (value < 1000);
      create table sold (id int primary key, total amount, each_one price); create table sold_too (total amount) partition by list (total);
      create table sold_too_1 partition of sold_too default;
      insert into sold values (1, -5, 1), (2, 7, -2), (3, null, null); insert into sold_too values (-8), (-9), (1);
      create type item as (what text, at amount); create table bills (id int primary key, amounts amount[], item item, lines item[]);
      insert into bills values (1, '{1,-2}', '(a,1)', '{}'), (2, null, null, null), (3, '{1}', '(b,-4)', '{"(c,1)","(d,-7)"}');
      set search_path = ''`)
  })

  test.each([
    'alter domain amount add constraint positive check (value > 0)',
    'alter domain amount add constraint positive check (value > 0::numeric) not valid; alter domain amount validate constraint positive',
  ])('a check, wherever the domain is a column’s: %s', async (text) => {
    const {broken} = await look(text)
    expect(told({broken, unseen: []})).toEqual([
      ['check positive of domain amount on public.sold: 1', {id: '1', total: '-5.00'}],
      ['check positive of domain amount on public.sold: 1', {id: '2', each_one: '-2.00'}],
      ['check positive of domain amount on public.sold_too_1: 2', {total: '-8.00'}, {total: '-9.00'}],
    ])
    expect(broken.map(({demand}) => demand.unsettled)).toEqual([false, false, false])
  })

  test('NOT NULL, and what is mended before', async () => {
    expect((await one('alter domain price set not null')).map(([line]) => line)).toEqual([
      'NOT NULL of domain price on public.sold: 1',
    ])
    expect((await one('alter domain price add constraint there not null'))[0]![0]).toBe(
      'NOT NULL of domain price on public.sold: 1',
    )
    expect(await one('alter domain amount add check (value > 0) not valid; alter domain amount add check (value > -10)')).toEqual(
      [],
    )
    const {broken} = await look('update sold set total = 1; alter domain amount add check (value > -8)')
    expect(broken.map(({demand}) => [demand.table, demand.unsettled])).toEqual([['public.sold_too_1', true]])
  })

  test('inside arrays and composite types, which take on a domain made anew', async () => {
    const text = `alter type item rename to item__old; alter domain amount rename to amount__old;
      create domain public.amount as numeric(10, 2) constraint positive check (value > 0::numeric);
      create type public.item as (what text, at public.amount);
      alter table public.bills alter column amounts type public.amount[] using amounts::text::public.amount[];
      alter table public.bills alter column item type public.item using item::text::public.item;
      alter table public.bills alter column lines type public.item[] using lines::text::public.item[];
      alter table public.sold alter column total type public.amount;`
    expect(await one(text)).toEqual([
      ['rules of public.amount in amounts on public.bills: 1', {id: '1', amounts: '{1.00,-2.00}'}],
      ['rules of public.item in item on public.bills: 1', {id: '3', item: '(b,-4.00)'}],
      ['rules of public.item in lines on public.bills: 1', {id: '3', lines: '{"(c,1.00)","(d,-7.00)"}'}],
      ['rules of public.amount in total on public.sold: 1', {id: '1', total: '-5.00'}],
    ])
    const filled = text.replace('check (value > 0::numeric)', 'not null')
    expect((await one(filled)).map(([line]) => line)).toEqual(['rules of public.amount in total on public.sold: 1'])
    expect(await one(text.replace('> 0', '> -10'))).toEqual([])
    const short = text
      .replace('numeric(10, 2)', 'varchar(4)')
      .replace('value > 0::numeric', 'true')
      .replaceAll('type public.amount;', 'type public.amount using total::text::public.amount;')
    expect((await one(short)).map(([line]) => line)).toEqual([
      'rules of public.amount in amounts on public.bills: 1',
      'rules of public.item in item on public.bills: 1',
      'rules of public.item in lines on public.bills: 1',
      'rules of public.amount in total on public.sold: 1',
    ])
  })
})

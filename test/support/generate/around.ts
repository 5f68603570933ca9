// What stands on a table: indexes, constraints, triggers, rules, policies, statistics, privileges, remarks, an owner; and what links two tables.
import {type Column, kept} from './columns.ts'
import {dealt, type Spot} from './spot.ts'
import {partitionsOf, type Table} from './tables.ts'

export function around(spot: Spot, table: Table): string[] {
  const {choose, main} = spot
  const {name, number, sort, columns} = table
  const slot = `t${number}`
  const may = (what: string, sql: string) => spot.may(`${slot} ${what}`, sql)
  const names = sort === 'kid' ? [] : columns.map((column) => column.name)
  const [column, last] = [names[0] ?? 'id', names.at(-1) ?? 'id']
  const comment = choose(`${slot} comment text`, `'one'`, `E'it''s\\ntwo'`)
  return [
    ...(sort === 'kid' ? [] : columns.flatMap((one) => kept(spot, name, one))),
    ...indexes(spot, table),
    may(
      'policy',
      `create policy ${choose(`${slot} policy name`, 'p', `"P'p"`)} on ${name}${choose(`${slot} policy as`, '', '', ' as restrictive')} for ${choose(`${slot} policy for`, 'all', 'select', 'update')}${choose(`${slot} policy to`, '', ' to fx_reader')} using (${choose(`${slot} policy using`, 'id > 0', `${last} is not null`, `${main}.f(id::integer) > 0`)})${''};`,
    ),
    may(
      'policy for insert',
      `create policy "only new" on ${name} for insert with check (id > ${choose(`${slot} policy check`, 0, 1)});`,
    ),
    may('security', `alter table ${name} ${choose(`${slot} force`, 'enable', 'force')} row level security;`),
    may(
      'grant',
      `grant ${choose(`${slot} grant what`, 'select', 'all', `select (id), update (${column})`, `insert (id), select`)} on ${name} to ${choose(`${slot} grantee`, 'fx_reader', 'fx_reader', 'public')}${choose(`${slot} grantee`, '', '', 'x') ? '' : may('grant option', ' with grant option')};`,
    ),
    may('comment', `comment on table ${name} is ${comment};`),
    may('column comment', `comment on column ${name}.${last} is 'of a column';`),
    may('replica identity', `alter table ${name} replica identity ${choose(`${slot} replica`, 'full', 'nothing')};`),
    statistics(spot, table),
    ...triggers(spot, table, last),
    ...rules(spot, table),
    may('owner', `alter table ${name} owner to fx_owner;`),
  ]
}

const sortable = (column: Column | undefined): column is Column =>
  column !== undefined && !column.isVirtual && !/pair|both|jsonb/.test(column.type)

function indexes(spot: Spot, {name, number, sort, columns, schema}: Table): string[] {
  const {choose, main} = spot
  const slot = `t${number}`
  const column = sort !== 'kid' && sortable(columns[0]) ? columns[0].name : 'id'
  const index = choose(`${slot} index name`, `"I ${number}"`, `i${number}`)
  const [own] = dealt(spot, `unique names ${schema}`, number % 2 ? ['"U u"', 'u'] : ['u', '"U u"']).slice(number > 1 ? 1 : 0)
  const made = `create ${choose(`${slot} index unique`, '', '', sort === 'parts' ? '' : 'unique ')}index ${index} on`
  const on = `(${choose(`${slot} indexed`, column, `${column} desc nulls last, id`, `(${main}.f(id::integer))`)})${choose(`${slot} index include`, '', '', ' include (id)')}${choose(`${slot} index options`, '', '', ' with (fillfactor = 60)')}${choose(`${slot} index where`, '', '', ' where id > 5')}`
  const isOnly = sort === 'parts' && choose('index only', false, true)
  const attached = isOnly
    ? partitionsOf(spot)
        .filter(({bound}) => !bound.includes('partition by'))
        .flatMap((part, at) => {
          const local = choose('local names', `"L ${at}"`, `l${at}`)
          return choose(
            `local ${part.name.slice(-3)}`,
            '',
            `create index ${local} on ${part.name} ${on}; alter index ${schema}.${index} attach partition ${part.schema}.${local};`,
          )
        })
    : []
  const one = `${isOnly ? made.replace('unique ', '') : made} ${isOnly ? 'only ' : ''}${name} ${on};`
  return [
    ...choose(
      `${slot} index`,
      [],
      [one, ...attached, spot.may(`${slot} index comment`, `comment on index ${schema}.${index} is 'quick';`)],
    ),
    ...partitionsOf(spot)
      .slice(0, sort === 'parts' ? 1 : 0)
      .map((part) => spot.may('index of its own', `create index "own of it" on ${part.name} (id, ${column});`)),
    sort === 'parts'
      ? ''
      : spot.may(
          `${slot} unique`,
          `alter table ${name} add constraint ${own} unique (${choose(`${slot} unique on`, column === 'id' ? 'id' : `id, ${column}`, 'id')})${choose(`${slot} unique when`, '', '', ' deferrable', ' deferrable initially deferred')};`,
        ),
  ]
}

function statistics(spot: Spot, {name, number, sort, columns}: Table): string {
  const {choose, main, may} = spot
  const last = columns.findLast((column) => sortable(column) && !column.isVirtual)
  if (sort === 'kid' || !last) return ''
  const own = `${main}.${choose('statistics name', `s${number}`, `"S ${number}"`)}`
  const kinds = choose(`t${number} statistics kinds`, '', '', ' (ndistinct)', ' (dependencies, mcv)')
  const on = choose(`t${number} statistics on`, `id, ${last.name}`, `(id % 10), ${last.name}`)
  const target = may(`t${number} statistics target`, ` alter statistics ${own} set statistics 50;`)
  return may(`t${number} statistics`, `create statistics ${own}${kinds} on ${on} from ${name};${target}`)
}

function triggers({choose, main, may}: Spot, {name, number, sort}: Table, last: string): string[] {
  const slot = `t${number} trigger`
  const own = choose(`${slot} name`, 'tr', '"Tr r"')
  const on = choose(`${slot} on`, 'insert', `update of ${last}`, 'insert or update')
  const when = choose(`${slot} when`, '', '', 'when (pg_trigger_depth() = 0) ')
  const state = choose(
    `${slot} state`,
    '',
    '',
    ` alter table ${name} disable trigger ${own};`,
    ` alter table ${name} enable always trigger ${own};`,
  )
  const transition = sort === 'plain' ? choose(`${slot} after`, '', ' referencing new table as fresh') : ''
  return [
    may(
      slot,
      `create trigger ${own} before ${on} on ${name} for each row ${when}execute function ${main}.touch(${choose(`${slot} argument`, '', `'a''b'`)});${state}`,
    ),
    may(
      `${slot} later`,
      `create trigger later after insert on ${name}${transition} for each statement execute function ${main}.touch();`,
    ),
    may(
      `${slot} constraint`,
      `create constraint trigger "at end" after insert on ${name} deferrable initially ${choose(`${slot} initially`, 'immediate', 'deferred')} for each row execute function ${main}.touch();`,
    ),
    may(`${slot} comment`, may(slot, `comment on trigger ${own} on ${name} is 'why';`)),
  ]
}

function rules({choose, main}: Spot, {name, number, sort}: Table): string[] {
  if (sort !== 'plain') return []
  const does = choose(
    `t${number} rule does`,
    'notify heard',
    `insert into ${main}.heard values (old.id)`,
    '(notify one; notify two)',
  )
  return [
    choose(
      `t${number} rule`,
      '',
      '',
      `create rule ${choose(`t${number} rule name`, 'ru', '"Ru le"')} as on delete to ${name}${does.startsWith('insert') ? choose(`t${number} rule where`, '', ' where old.id > 100') : ''} do also ${does};`,
    ),
  ]
}

/** Foreign keys: to a table, to a partitioned one, and of two tables to each other. */
export function linked(spot: Spot, all: readonly Table[]): string[] {
  const {choose, may} = spot
  const [a, b, parts] = [0, 1, 2].map((number) => all.find((one) => one.number === number))
  const does = (slot: string) =>
    choose(`${slot} does`, '', ' on delete cascade', ' on update set null', ' deferrable initially deferred') +
    choose(`${slot} valid`, '', '', '', ' not valid')
  const link = (slot: string, from: Table | undefined, to: Table | undefined) => {
    if (!from || !to || (to.isLogged === false && from.isLogged)) return ''
    const tail = from.sort === 'parts' ? does(slot).replace(' not valid', '') : does(slot)
    return may(
      slot,
      `alter table ${from.name} add constraint fk_${to.number} foreign key (id) references ${to.name} (id)${tail};`,
    )
  }
  return [
    link('reference there', b, a),
    link('reference back', a, b),
    link('parts reference', parts, a),
    link('reference to parts', b, parts),
    link('to itself', a, a),
  ]
}

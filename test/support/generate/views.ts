// Views over tables and over each other, materialized ones, what stands on them.
import type {Spot} from './spot.ts'
import {tablesOf} from './tables.ts'

export function views(spot: Spot): string[] {
  const {choose, main, odd, major} = spot
  const a = tablesOf(spot).find(({number}) => number === 0)
  if (!a || !choose('v', true, true, false)) return []
  const names = ['id', ...a.columns.map(({name}) => name)]
  const shown = choose('v columns', names, names.slice(0, 2), [...names].reverse())
  const more = choose('v more', '', `, ${main}.f(id::integer) as "F f"`, `, null::integer as nothing`)
  const options = choose('v options', '', '', ' with (security_barrier)', major >= 15 ? ' with (security_invoker)' : '')
  const check = choose('v check', '', '', ' with check option', ' with local check option')
  const rule = choose('v rule', '', ' do instead nothing', ` do also notify seen`)
  const isOver = choose('vv', true, false)
  const hasData = choose('mv', true, false)
  return [
    `create view ${main}.v${options} as select ${shown.join(', ')}${more} from ${a.name}${choose('v where', '', ' where id > 1')}${check};`,
    rule && `create rule "on v" as on update to ${main}.v${rule};`,
    spot.may(
      'v trigger',
      `create trigger "instead" instead of delete on ${main}.v for each row execute function ${main}.touch();`,
    ),
    spot.may('v default', `alter view ${main}.v alter column id set default 4;`),
    isOver && `create view ${odd}."V v" as select v.id, count(*) as n from ${main}.v group by v.id;`,
    isOver &&
      spot.may(
        'vvv',
        `create recursive view ${main}.deep (n, m) as select id, n from ${odd}."V v" union all select n + 1, m from deep where n < 3;`,
      ),
    hasData &&
      `create materialized view ${main}.mv${choose('mv options', '', ' with (fillfactor = 80)')} as select ${choose('mv shows', '*', 'id, 1 as one')} from ${main}.v; create unique index ${choose('mv index', 'mv_i', '"Mv I"')} on ${main}.mv (id);`,
    hasData && spot.may('mv comment', `comment on materialized view ${main}.mv is 'kept';`),
    hasData && spot.may('mv owner', `alter materialized view ${main}.mv owner to fx_owner;`),
    spot.may('v grant', `grant ${choose('v grant what', 'select', 'select (id)', 'insert, select')} on ${main}.v to fx_reader;`),
    spot.may('v comment', `comment on view ${main}.v is 'a view';`),
    spot.may('v column comment', `comment on column ${main}.v.id is 'of a view';`),
    spot.may('rows', `create function ${odd}.rows() returns setof ${a.name} language sql stable as 'select * from ${a.name}';`),
  ].filter((sql) => typeof sql === 'string' && sql !== '') as string[]
}

// Functions, procedures, aggregates, operators, casts, and text search.
import type {Spot} from './spot.ts'

export function routines(spot: Spot): string[] {
  const {choose, may, main, odd} = spot
  const body = choose('f body', 'select n + 1', 'select n + 2', 'select abs(n)')
  const text = `${odd}.label`
  const labelType = choose('label type', 'text', 'text', 'varchar')
  return [
    `create function ${main}.f(n integer${choose('f default', '', '', ' default 1')}) returns integer language sql ${choose('f sort', 'immutable', 'immutable', 'immutable strict', 'immutable parallel safe cost 7')} as '${body}';`,
    `create function ${text}(${choose('label name', 'v', 'w')} text) returns ${labelType} language sql immutable return ${choose('label body', 'upper', 'lower', 'md5')}($1);`,
    `create function ${main}.touch() returns trigger language plpgsql${choose('touch security', '', ' security definer', ` set search_path = ''`)} as 'begin ${choose('touch body', 'return new', 'return coalesce(new, old)', 'if true then return new; end if; return new')}; end';`,
    `create function ${main}.tell() returns event_trigger language plpgsql as 'begin ${choose('tell', '', 'perform 1;')} end';`,
    may(
      'moods function',
      `create function ${main}.worst(${choose('worst arguments', `m ${main}.mood[]`, `m ${main}.mood[], variadic n integer[]`, `m ${main}.mood, out k integer`)}) ${choose('worst arguments', 'returns integer', 'returns integer', '')} language sql begin atomic select ${choose('worst', 1, 2)}; end;`,
    ),
    may(
      'composite function',
      `create function ${odd}.swap(p ${main}.pair) returns ${choose('swap', `${main}.pair`, `setof ${main}.pair`, 'record')} language plpgsql stable as 'begin raise exception ''no''; end';`,
    ),
    may(
      'procedure',
      `create procedure ${odd}."Do it"(${choose('procedure', 'n integer', 'inout n integer', `n integer, v text default 'x'`)}) language sql as 'select ${choose('procedure body', 1, 2)}';`,
    ),
    may(
      'aggregate',
      `create aggregate ${main}.total(${choose('aggregate input', 'integer', 'integer', 'n integer')}) (sfunc = int4pl, stype = integer, initcond = '${choose('initcond', 0, 1)}'${may('aggregate parallel', ', parallel = safe')}${may('aggregate combine', ', combinefunc = int4pl')});`,
    ),
    may(
      'operator',
      `create function ${main}.same(integer, integer) returns boolean language sql immutable return $1 = $2; create operator ${main}.=== (leftarg = integer, rightarg = integer, function = ${main}.same${may('operator commutator', `, commutator = operator(${main}.===)`)}${may('operator hashes', ', restrict = eqsel, join = eqjoinsel')});`,
    ),
    may(
      'cast',
      `create function ${main}.flat(${main}.pair) returns integer language sql immutable return ($1).x; create cast (${main}.pair as integer) with function ${main}.flat(${main}.pair)${choose('cast as', '', ' as assignment')};`,
    ),
    may(
      'text search',
      `create text search dictionary ${odd}.dict (template = pg_catalog.simple${may('dictionary option', `, accept = 'false'`)}); create text search configuration ${main}.words (copy = pg_catalog.simple);${may('mapping', ` alter text search configuration ${main}.words alter mapping for word, asciiword with ${odd}.dict, pg_catalog.simple;`)}`,
    ),
    may('function revoke', `revoke execute on function ${main}.f(integer) from public;`),
    may(
      'function grant',
      `grant execute on function ${text}(text) to fx_reader${may('function grant option', ' with grant option')};`,
    ),
    may('function comment', `comment on function ${main}.touch() is ${choose('function comment text', `'touches'`, `'still'`)};`),
    may('function owner', `alter function ${main}.f(integer) owner to fx_owner;`),
  ].filter(Boolean)
}

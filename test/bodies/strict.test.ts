// Functions that look at their arguments for null in; which of them could be STRICT out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {checkBodies} from '../../src/bodies/check.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const COULD = `
  create function public.one(a int) returns int language plpgsql as $$ begin if a is null then return null; end if; return a; end $$;
  create function public.all_of(a int, b text, c int[]) returns int language plpgsql as $$
    declare n int; begin if a is null or b is null or c is null then return null; end if; n := a; return n; end $$;
`

const COULD_NOT = `
  create type public.pair as (x int, y int);
  create function public.has_it(a int) returns int language plpgsql strict as $$ begin if a is null then return null; end if; return a; end $$;
  create function public.one_of(a int, b int) returns int language plpgsql as $$ begin if a is null then return null; end if; return a + b; end $$;
  create function public.both(a int, b int) returns int language plpgsql as $$
    begin if a is null and b is null then return null; end if; return coalesce(a, b); end $$;
  create function public.zero(a int) returns int language plpgsql as $$ begin if a is null then return 0; end if; return a; end $$;
  create function public.told(a int) returns int language plpgsql as $$
    begin if a is null then raise notice 'null'; return null; end if; return a; end $$;
  create function public.other(a int) returns int language plpgsql as $$ begin if a is null then return null; else return a; end if; return 1; end $$;
  create function public.late(a int) returns int language plpgsql as $$ begin raise notice 'x'; if a is null then return null; end if; return a; end $$;
  create function public.there(a int) returns int language plpgsql as $$ begin if a is not null then return null; end if; return a; end $$;
  create function public.of_row(a public.pair) returns int language plpgsql as $$ begin if a is null then return null; end if; return a.x; end $$;
  create function public.field(a public.pair) returns int language plpgsql as $$ begin if a.x is null then return null; end if; return a.x; end $$;
  create function public.rows(a int) returns setof int language plpgsql as $$ begin if a is null then return; end if; return next a; end $$;
  create function public.given(a int, out b int) language plpgsql as $$ begin if a is null then return; end if; b := a; end $$;
  create function public.begun(a int) returns int language plpgsql as $$
    declare n int := nextval('public.s'); begin if a is null then return null; end if; return n; end $$;
  create function public.step(state int, a int) returns int language plpgsql as $$
    begin if state is null or a is null then return null; end if; return state + a; end $$;
  create aggregate public.total (int) (sfunc = public.step, stype = int);
  create function public.in_sql(a int) returns int language sql as 'select case when a is null then null else a end';
  create sequence public.s;
`

let shadow: Shadow
let db: Db
beforeAll(async () => {
  shadow = await openShadow({want: 'native', major: 18})
  db = await (await shadow.create()).connect()
})
afterAll(async () => {
  await shadow?.close()
})

test('STRICT is said of functions that begin with what it does, and of no others', async () => {
  await db.script(`${COULD}${COULD_NOT}`)
  const found = (await checkBodies(db)).filter(({rule}) => rule === 'strict')
  expect(found.map(({routine, level}) => [routine, level])).toEqual([
    ['function public.all_of(integer, text, integer[])', 'note'],
    ['function public.one(integer)', 'note'],
  ])
  // what is told holds: they give the same
  const values = `select public.one(1) as a, public.one(null) as b, public.all_of(1, 'x', '{1}') as c, public.all_of(1, null, '{1}') as d`
  const before = await db.query(values)
  await db.script('alter function public.one(int) strict; alter function public.all_of(int, text, int[]) strict')
  expect(await db.query(values)).toEqual(before)
})

// What a plan does to those who use the database: who may see more, whose code breaks, and what a project wants to be asked about.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const ROLES = ['hazard_reader', 'hazard_boss']
const BEFORE = `
create table orders (id int primary key, note text, secret text, total int);
create table quiet (id int primary key);
create view seen with (security_invoker = true, security_barrier = true) as select id from orders;
alter table orders enable row level security;
create policy mine on orders for select using (id > 10);
create policy narrow on orders as restrictive using (id < 100);
create policy gone on quiet as restrictive using (true);
create function total() returns int language sql as $$ select 1 $$;
revoke execute on function total() from public;
grant select (id) on orders to hazard_reader;
`
const AFTER = `
create table orders (id int primary key, note text, total int);
create table quiet (id int primary key);
create table fresh (id int primary key);
create view seen with (security_barrier = true) as select id from orders;
alter table orders enable row level security;
create policy mine on orders for select using (id > 5);
create policy new_one on orders for select to hazard_reader using (true);
create policy first on fresh using (true);
create function total() returns int language sql security definer set search_path = '' as $$ select 1 $$;
grant select (id), update (note) on orders to hazard_reader;
grant select on quiet to public;
grant select on fresh to public;
`
const FUNCTIONS = {
  'functions/tell.sql':
    'create function tell() returns text language plpgsql as $$ begin return (select o.secret from orders o limit 1); end $$;\n',
  'functions/keep.sql':
    'create function keep() returns text language plpgsql as $$ begin return (select note from orders limit 1); end $$;\n',
}

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('hazards', {'schema.sql': BEFORE, ...FUNCTIONS})
  await project.ask(ROLES.map((role) => `create role ${role}`).join(';'))
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ends(0, 'deploy-functions')
})
afterAll(() => site?.close())

interface Told {
  readonly name: string
  readonly why: string
  readonly object: string
}

const hazards = (...args: string[]): Promise<string[]> => proven('--no-prove', ...args)

async function proven(...args: string[]): Promise<string[]> {
  const {out} = await project.ends(2, 'diff', '--json', ...args)
  return (JSON.parse(out).hazards as Told[]).map(({name, object, why}) => `${name} | ${object} | ${why}`).sort()
}

test('whoever may see or do more is named, and nobody who may not', async () => {
  await project.write({'schema.sql': AFTER})
  const widened = (await hazards()).filter((line) => line.startsWith('security-widened'))
  expect(widened.map((line) => line.split(' | ')[2])).toEqual([
    'function public.total() runs with its owner’s rights, whoever calls it',
    'policy public.orders.mine decides anew who gets at which rows',
    'policy public.orders.narrow no longer keeps rows from anybody',
    'policy public.orders.new_one lets hazard_reader at more rows',
    'hazard_reader may UPDATE on column public.orders.note',
    'everybody may EXECUTE on function public.total()',
    'everybody may SELECT on table public.quiet',
    'view public.seen is read with its owner’s rights, not its reader’s: policies of its tables are asked for the owner',
  ])
})

const breaking = async (...args: string[]) => (await proven(...args)).filter((line) => line.startsWith('breaks-code'))
const SECRET = 'breaks-code | column public.orders.secret | function public.tell()'

test('functions that use what goes are named, until their files no longer do', async () => {
  expect(await breaking()).toEqual([`${SECRET} uses it, also in your files`])
  expect(await breaking('--from', 'migrations')).toEqual([`${SECRET} uses it, also in your files`])
  await project.write({'functions/tell.sql': FUNCTIONS['functions/keep.sql'].replace('keep', 'tell')})
  expect(await breaking('--from', 'migrations')).toEqual([`${SECRET} uses it until pgext deploy-functions has run`])
  await project.ends(0, 'deploy-functions')
  expect(await breaking('--from', 'migrations')).toEqual([])
})

test('a rename breaks the code that has the old name', async () => {
  const note = 'id int primary key, note text, total int'
  await project.write({
    'schema.sql': AFTER.replace(note, note.replace('note', 'remark')).replace('update (note)', 'update (remark)'),
  })
  const rename = ['--rename', 'column public.orders.note=remark']
  const both = 'breaks-code | column public.orders.remark | function public.keep(), function public.tell()'
  // where nothing is looked at, words are all there is
  const [quick, ...more] = await breaking('--no-prove', ...rename)
  expect(more).toEqual([])
  expect(quick).toMatch(/function public\.keep\(\).*function public\.tell\(\)/)
  expect(await breaking(...rename)).toEqual([`${both} use it, also in your files`])
  await project.write({'schema.sql': AFTER})
})

test('what only has the word is not named; what nobody can tell is said to be so', async () => {
  const functions = {
    'functions/keep.sql': `create function keep() returns text language plpgsql as $$
      declare r record; note text := 'of orders';
      begin
        select o.id, o.total as secret into r from orders o;
        return note || r.secret; -- no secret of orders
      end $$;`,
    'functions/tell.sql': `create function tell(name text) returns bigint language plpgsql as $$
      declare n bigint; begin execute 'select count(secret) from orders where ' || name into n; return n; end $$;`,
    'functions/all.sql': `create function all_of() returns setof orders language plpgsql as $$
      begin return query select * from orders where total > (select count(*) from orders); end $$;`,
  }
  const beside = await site.project('words', {
    'schema.sql': 'create table orders (id int primary key, note text, secret text, total int);',
    ...functions,
  })
  await beside.ends(0, 'migrate', '--name', 'first')
  await beside.ends(0, 'deploy-functions')
  await beside.write({'schema.sql': 'create table orders (id int primary key, note text, total int);'})
  const {out} = await beside.ends(2, 'diff', '--json')
  const told = (JSON.parse(out).hazards as Told[]).filter(({name}) => name === 'breaks-code')
  expect(told.map(({why}) => why)).toEqual(['function public.tell(text) may name it, also in your files'])
})

test('what the project wants to be asked about ends a migration, until it is allowed; the file says so', async () => {
  await project.write({'pgext.json': '{"refuse": ["security-widened"]}'})
  const before = await project.state()
  const said = await project.fails('migrate', '--name', 'second', '--allow', 'data-loss')
  expect(said).toContain('"refuse" in pgext.json has hazards of this plan')
  expect(said).toContain('security-widened: everybody may SELECT on table public.quiet')
  expect(said).toContain('--allow security-widened')
  expect(await project.state()).toEqual(before)
  await project.ends(0, 'migrate', '--name', 'second', '--allow', 'data-loss,security-widened', '--yes')
  const file = await project.read(`migrations/${(await project.migrations()).at(-1)}`)
  expect(file).toMatch(/-- pgext:allow security-widened\nGRANT SELECT ON TABLE public\.quiet TO PUBLIC/)
  expect(file).toMatch(/-- pgext:allow data-loss\nALTER TABLE public\.orders DROP COLUMN secret/)
  await project.ends(0, 'diff')
})

test('a hazard that nobody knows is refused with the list of those that are', async () => {
  await project.write({'pgext.json': '{"refuse": ["rewrites"]}'})
  expect(await project.fails('migrate')).toContain('"refuse" in pgext.json must be a list of hazards (data-loss, ')
})

test('a column that goes from a foreign table goes from the tables below it, with their values', async () => {
  const far = (columns: string) => `
create foreign data wrapper bare;
create server here foreign data wrapper bare;
create foreign table far (id integer, ${columns}) server here;
create table near (own text) inherits (far);
create foreign table between (own text) inherits (far) server here;
create table behind (own text) inherits (between);
create table apart (gone text) inherits (far);
`
  const one = await site.project('hazards_far', {'old.sql': far('gone text, big numeric'), 'new.sql': far('big integer')})
  const {out} = await one.ends(2, 'diff', '--from', 'old.sql', '--to', 'new.sql', '--json')
  const lost = (JSON.parse(out).hazards as Told[]).flatMap(({name, why}) => (name === 'data-loss' ? [why] : []))
  const rounded = ['apart', 'behind', 'near'].map((name) => `values of public.${name}.big are rounded or cut to integer`)
  const gone = ['behind', 'near'].map((name) => `column public.${name}.gone goes with its values`)
  expect(lost.sort()).toEqual([...gone, ...rounded])
})

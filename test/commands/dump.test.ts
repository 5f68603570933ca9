// A database that somebody made by hand in; a project of it out, in which nothing differs.
import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {pgextAgain as pgext} from './run.ts'
import {openSite, type Project, type Site} from './site.ts'

const SHOP = `
  create role shop_reader;
  create role shop_writer;
  create schema app;
  create extension citext schema public;
  alter default privileges in schema app grant select on tables to shop_reader;
  create type app.state as enum ('open', 'paid', 'it''s gone');
  create domain app.money as numeric(12,2) check (value >= 0);
  create type app.place as (street text, "Town" text);
  create function app.next_number() returns text language sql volatile as $$ select 'n' || nextval('app.numbers') $$;
  create sequence app.numbers start 1000;
  create table app.customers (
    id bigint generated always as identity primary key,
    email public.citext not null unique,
    "Full Name" text not null,
    home app.place,
    created_at timestamptz not null default now(),
    constraint named check (length("Full Name") > 1)
  );
  comment on table app.customers is 'who buys';
  comment on column app.customers.email is 'where the bill goes';
  create table app.orders (
    id serial primary key,
    customer_id bigint not null references app.customers on delete cascade,
    number text not null default app.next_number(),
    state app.state not null default 'open',
    total app.money not null default 0 check (total < 1000000),
    parent_id integer references app.orders,
    shown text generated always as (number || '!') stored,
    unique (customer_id, number)
  );
  create index orders_open on app.orders (customer_id) where state = 'open';
  create table app.events (at timestamptz not null, what text, primary key (at)) partition by range (at);
  create table app.events_2025 partition of app.events for values from ('2025-01-01') to ('2026-01-01');
  create table app.events_rest partition of app.events default;
  create index events_what on app.events (what);
  create function app.touch() returns trigger language plpgsql as $f$ begin new.number := new.number; return new; end $f$;
  create trigger touch before update of number on app.orders for each row execute function app.touch();
  create function app.total(customer bigint) returns app.money language sql stable as $$ select sum(total) from app.orders where customer_id = $1 $$;
  create function app.total(email text) returns app.money language sql stable as $$ select app.total(c.id) from app.customers c where c.email = $1::public.citext $$;
  comment on function app.total(bigint) is 'what one has ordered';
  create procedure app.forget(customer bigint) language sql begin atomic delete from app.customers where id = customer; end;
  create function app.mine(o app.orders) returns boolean language sql stable as $$ select o.customer_id = 1 $$;
  alter table app.orders enable row level security;
  create policy own on app.orders for select to shop_reader using (app.mine(orders));
  create view app.open_orders with (security_invoker) as select * from app.orders where state = 'open';
  create materialized view app.sums as select customer_id, sum(total) as total from app.orders group by 1;
  create unique index on app.sums (customer_id);
  create foreign data wrapper files;
  create server other foreign data wrapper files options (host 'far');
  create user mapping for public server other options (user 'me', password 'hush-hush');
  grant usage on schema app to shop_reader, shop_writer;
  grant insert, update (number) on app.orders to shop_writer with grant option;
  revoke execute on function app.total(text) from public;
  grant execute on function app.total(text) to shop_writer;
  create publication orders_out for table app.orders (id, state) where (id > 0);
  create statistics app.together on customer_id, state from app.orders;`

let site: Site
let shop: Project

beforeAll(async () => {
  site = await openSite()
  shop = await site.project('shop', {})
  await shop.ask(SHOP)
})

afterAll(() => site?.close())

const filesIn = async (folder: string) =>
  (await readdir(folder, {recursive: true})).filter((name) => name.endsWith('.sql')).sort()

test('init --from makes a project in which nothing differs', async () => {
  for (const split of ['none', 'schema']) {
    const made = await pgext(['init', split, '--from', shop.url, '--split', split], {cwd: site.folder})
    expect(made.code, made.out + made.err).toBe(0)
    expect(made.err).toContain('proven on PostgreSQL')
    expect(made.err).toContain('note: left out: options of user mapping public on other')
    expect(made.out).toContain('pgext diff')
    const folder = join(site.folder, split)
    const diff = await pgext(['diff'], {cwd: folder})
    expect(diff.out + diff.err).toContain('nothing differs between database and files')
    expect(diff.code).toBe(0)
    const files = await filesIn(folder)
    expect(files).toContain('functions/app/total.sql')
    for (const file of files) expect(await readFile(join(folder, file), 'utf8')).not.toContain('hush')
  }
})

test('it reads as a person would have written it', async () => {
  const text = await readFile(join(site.folder, 'none', 'schema.sql'), 'utf8')
  expect(text).toContain(`CREATE TABLE app.customers (
    id          bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email       public.citext NOT NULL UNIQUE,
    "Full Name" text          NOT NULL,
    home        app.place,
    created_at  timestamptz   NOT NULL DEFAULT now(),
    CONSTRAINT named CHECK ((length("Full Name") > 1))
);`)
  expect(text).toContain('    id          serial    PRIMARY KEY,\n')
  expect(text).toContain('bigint    NOT NULL REFERENCES app.customers(id) ON DELETE CASCADE,\n')
  expect(text).toContain('CREATE INDEX orders_open ON app.orders (customer_id) WHERE')
  const total = await readFile(join(site.folder, 'none', 'functions/app/total.sql'), 'utf8')
  expect(total.match(/^CREATE OR REPLACE FUNCTION/gm)).toHaveLength(2)
  expect(total).toContain("COMMENT ON FUNCTION app.total(bigint) IS 'what one has ordered';")
  expect(total).toContain('GRANT ALL ON FUNCTION app.total(text) TO shop_writer;')
})

test('the first migration does not make again what is there', async () => {
  const {code, err} = await pgext(['migrate', '--name', 'first'], {cwd: join(site.folder, 'none')})
  expect(code).toBe(1)
  expect(err).toContain('which no migration made: nothing was written')
  expect(await filesIn(join(site.folder, 'none', 'migrations'))).toEqual([])
})

test('stdout holds one text that a server takes from top to bottom', async () => {
  const copy = await site.project('copy', {})
  const {out} = await shop.ends(0, 'dump', '--out', '-', '--no-prove')
  const again = await shop.ends(0, 'dump', '--out', '-', '--no-prove')
  expect(again.out).toBe(out)
  const db = await connect(copy.url)
  await db.script(out).finally(() => db.close())
  const diff = await pgext(['diff', '--from', shop.url, '--to', copy.url, '--no-prove'], {cwd: site.folder})
  expect(diff.out).toContain('nothing differs')
})

test('no file is overwritten without --force, and none is written where one would be', async () => {
  await shop.write({'schema.sql': 'mine', 'functions/old.sql': '-- old'})
  const err = await shop.fails('dump', '--no-prove')
  expect(err).toContain('schema.sql would be overwritten: nothing was written')
  expect(await shop.read('schema.sql')).toBe('mine')
  expect(existsSync(join(shop.folder, 'functions/app'))).toBe(false)
  const forced = await shop.ends(0, 'dump', '--force', '--no-prove', '--json')
  expect(JSON.parse(forced.out)).toMatchObject({proven: null, strangers: ['functions/old.sql']})
  expect(await shop.read('schema.sql')).toContain('CREATE TABLE app.orders')
})

test('goes where the project has its files', async () => {
  const project = await site.project('elsewhere', {'pgext.json': '{"schema": ["db"], "functions": "fn"}'}, shop.url)
  await project.ends(0, 'dump', '--split', 'schema', '--functions', 'one', '--no-prove')
  expect(await filesIn(project.folder)).toEqual(['db/00_database.sql', 'db/app.sql', 'db/zz_more.sql', 'fn/functions.sql'])
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test('--roles writes the roles that the schema speaks of, without their passwords', async () => {
  await shop.ask("alter role shop_reader login password 'hush-hush'")
  const {out} = await shop.ends(0, 'dump', '--out', '-', '--roles', '--no-prove')
  expect(out).toContain('CREATE ROLE shop_reader LOGIN;')
  expect(out).toContain('CREATE ROLE shop_writer;')
  expect(out).not.toContain('hush')
})

test('what can not be meant is one clear error', async () => {
  expect(await shop.fails('dump', '--from', 'files')).toContain('only a database can be dumped')
  expect(await shop.fails('dump', '--out', '-', '--split', 'kind')).toContain('stdout is one text')
  await mkdir(join(site.folder, 'taken'))
  await expect(pgext(['init', 'taken', '--from', site.url('nowhere')], {cwd: site.folder})).resolves.toMatchObject({code: 1})
  expect(await readdir(join(site.folder, 'taken'))).toEqual([])
})

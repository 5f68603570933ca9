// Targets with a role that may little, roles of an API, and an API that has to answer in; what is said and what is refused out.
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Site} from '../commands/site.ts'

let site: Site
let rest: Server
let asked = 0
beforeAll(async () => {
  site = await openSite()
  // loads its schema the first time
  rest = createServer((_, response) => {
    asked++
    response.statusCode = asked === 1 ? 503 : 200
    response.end()
  })
  await new Promise<void>((resolve) => rest.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  rest?.close()
  await site?.close()
})

const FILES = {
  'schema.sql': 'create table item (id int primary key);\n',
  'migrations/20260101T000000_first.sql': 'create table public.item (id int primary key);\n',
  'functions/one.sql':
    'create function one() returns int language sql as $$ select 1 $$;\nrevoke all on function one() from public;\n',
}

test('an owner that is no superuser deploys; roles of the API must be there, and what they may not do is said', async () => {
  const {port} = rest.address() as AddressInfo
  const target = {url: 'SHOP_URL', rest: `http://127.0.0.1:${port}/`, roles: ['web']}
  const shop = await site.project('shop', {...FILES, 'pgext.json': JSON.stringify({targets: {production: target}})})
  const [, password] = /\/\/pgext:([^@]+)@/.exec(shop.url)!
  await shop.ask(`create role shipper login password '${password}'; alter database shop owner to shipper`)
  await shop.write({'.env': `SHOP_URL='${shop.url.replace('//pgext:', '//shipper:')}'\n`})
  expect(await shop.fails('deploy', '--yes')).toContain('pgext.json has targets')
  expect(await shop.fails('deploy', 'prodction', '--yes')).toContain('did you mean production?')
  expect(await shop.fails('deploy', 'production', '--yes')).toContain('lacks roles of the API: web')
  await shop.ask('create role web nologin')
  const {out, err} = await shop.ends(0, 'deploy', 'production', '--yes')
  expect(err).toContain(
    'note: web may not execute public.one(); if it is to: grant execute on function public.one() to web; in functions/one.sql',
  )
  expect(out).toContain('was told to read the schema')
  expect(asked).toBe(2)
  expect(await shop.ask('select deployed_by, state, steps->3->>$$step$$ as step from pgext.deployment')).toEqual([
    {deployed_by: 'shipper', state: 'done', step: 'api'},
  ])
})

test('what a role may not do is said when it comes, in words, and not again', async () => {
  const target = {url: 'SHOP_URL', roles: ['web']}
  const shop = await site.project('words', {...FILES, 'pgext.json': JSON.stringify({targets: {production: target}})})
  await shop.write({'.env': `SHOP_URL='${shop.url}'\n`})
  const first = await shop.ends(0, 'deploy', 'production', '--yes')
  expect(first.err).toContain('may not execute public.one()')
  expect(first.out).toContain('not everybody may execute function public.one(): only its owner')
  const two = (body: string) => `create function two() returns int language sql as $$ ${body} $$;\n`
  await shop.write({'functions/two.sql': two('select 2')})
  expect((await shop.ends(0, 'deploy', 'production', '--yes')).err).not.toContain('may not execute')
  await shop.write({'functions/two.sql': `${two('select 3')}revoke all on function two() from public;\n`})
  const {out, err} = await shop.ends(0, 'deploy', 'production', '--yes')
  expect(err).toMatch(/web may not execute public\.two\(\);/)
  expect(`${out}${err}`).not.toContain('public.one()')
  await shop.write({
    'functions/two.sql': `${two('select 3')}revoke all on function two() from public;\ngrant execute on function two() to web;\n`,
  })
  const {out: granted, err: quiet} = await shop.ends(0, 'deploy', 'production', '--yes')
  expect(granted).toContain('+ web may execute function public.two()')
  expect(`${granted}${quiet}`).not.toMatch(/privileges:|may not/)
})

test('a URL has no place in pgext.json, and what it holds is not shown', async () => {
  const url = 'postgres://u:hunter2@h/d'
  const shop = await site.project('open', {...FILES, 'pgext.json': JSON.stringify({targets: {production: {url}}})})
  const {err} = await shop.ends(1, 'deploy', 'production')
  expect(err).toContain('the name of an environment variable')
  expect(err).not.toContain('hunter2')
  await shop.write({'pgext.json': JSON.stringify({targets: {production: {url: 'NOWHERE_URL'}}})})
  expect(await shop.fails('deploy', 'production')).toContain('NOWHERE_URL, which is not set')
})

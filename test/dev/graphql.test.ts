// A database with an extension named pg_graphql in, made by hand as there is none here; /graphql of a stack with the real PostgREST out.
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {makeProject, type Running, removeProject, startDev} from './stack.ts'

// what hosts put in front of graphql.resolve: the extension's own arguments, in PostgREST's way
const WRAPPER = (schema: string) => `create function ${schema}.graphql(
  "operationName" text default null, query text default null, variables jsonb default null, extensions jsonb default null
) returns jsonb language sql stable as $$
  select graphql.resolve(query => query, variables => coalesce(variables, '{}'), "operationName" => "operationName", extensions => extensions)
$$;`

const CONFIG = 'db-anon-role = "anon"\n'

let cluster: Cluster
let extensions: string
let folder: string
let dev: Running
let url: string
let page: string

beforeAll(async () => {
  extensions = mkdtempSync(join(tmpdir(), 'pgext-graphql-'))
  await mkdir(join(extensions, 'extension'))
  const file = (name: string, text: string) => writeFileSync(join(extensions, 'extension', name), text, {mode: 0o644})
  file('pg_graphql.control', "default_version = '1.5.11'\nrelocatable = false\nsuperuser = true\nschema = 'graphql'\n")
  file(
    'pg_graphql--1.5.11.sql',
    `create function graphql.resolve(query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null)
      returns jsonb language sql stable as $$
      select jsonb_build_object('data', jsonb_build_object('query', query, 'variables', variables, 'operation', "operationName",
        'extensions', extensions, 'role', current_user)) $$;`,
  )
  for (const path of [extensions, join(extensions, 'extension')]) chmodSync(path, 0o755)
  cluster = await startCluster(findBinaries(18)!, {extension_control_path: `${extensions}:$system`})
  const admin = await connect(cluster.url('postgres'))
  await admin.script('create role anon; create role authenticated')
  await admin.script('create database app')
  await admin.close()
  url = cluster.url('app')
  folder = await makeProject('minimal')
  await writeFile(join(folder, 'postgrest.conf'), CONFIG)
  await writeFile(join(folder, 'schema.sql'), 'create table note (id int primary key);\n')
})
afterAll(async () => {
  await dev?.end()
  await cluster?.close()
  if (folder) await removeProject(folder)
  rmSync(extensions, {recursive: true, force: true})
})

async function script(sql: string): Promise<void> {
  const db = await connect(url)
  await db.script(sql).finally(() => db.close())
}

async function graphql(body: unknown, accept = 'application/graphql-response+json'): Promise<{status: number; json: any}> {
  const headers = {'content-type': 'application/json', accept}
  const answer = await fetch(`${page}/graphql`, {method: 'POST', headers, body: JSON.stringify(body)})
  return {status: answer.status, json: await answer.json()}
}

/** Any change has the stack look again. */
const save = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text)

test('without the extension it is no place; with it alone it says what is missing', async () => {
  dev = startDev(folder, ['--url', url])
  page = (await dev.ready()).page
  expect((await fetch(`${page}/graphql`)).status).toBe(404)
  await script('create schema graphql; create extension pg_graphql')
  await save('schema.sql', 'create table note (id int primary key, body text);\n')
  await expect
    .poll(() => graphql({query: '{a}'}), {timeout: 60_000})
    .toMatchObject({status: 503, json: {message: expect.stringContaining('graphql.resolve')}})
})

test('a function in a schema of its own is shown by PostgREST, and called in the role of the request', async () => {
  await script(`create schema graphql_public; ${WRAPPER('graphql_public')} grant usage on schema graphql, graphql_public to anon`)
  await save('schema.sql', 'create table note (id int primary key, body text, more text);\n')
  const asked = {query: 'query Q($a: Int) {note(a: $a)}', variables: {a: 1}, operationName: 'Q', extensions: {b: [2]}}
  const {query, variables, extensions} = asked
  await expect
    .poll(() => graphql(asked), {timeout: 60_000})
    .toEqual({status: 200, json: {data: {query, variables, operation: 'Q', extensions, role: 'anon'}}})
  expect((await graphql({query: '{a}'}, '*/*')).json.data).toMatchObject({query: '{a}', variables: {}, operation: null})
  const got = await fetch(`${page}/graphql?${new URLSearchParams({query: '{b}'})}`)
  expect(await got.json()).toMatchObject({data: {query: '{b}'}})
  // the API's own tables are where they were
  expect((await fetch(`${page}/rest/note`)).status).toBe(401)
})

test('where postgrest.conf says which schemas there are, it is said what it lacks; a function of the files is taken first', async () => {
  await save('postgrest.conf', `${CONFIG}db-schemas = "public"\n`)
  await expect
    .poll(() => graphql({query: '{a}'}), {timeout: 60_000})
    .toMatchObject({status: 503, json: {message: expect.stringContaining('db-schemas = "public, graphql_public"')}})
  // the shadow has no pg_graphql to call
  const own = `create function graphql(query text, variables jsonb default null) returns jsonb language sql stable as $$select jsonb_build_object('own', query)$$;`
  await save('functions/graphql.sql', `${own}\n`)
  await expect.poll(() => graphql({query: '{a}'}), {timeout: 60_000}).toEqual({status: 200, json: {own: '{a}'}})
})

// A role and claims in, a token out that whoever has the secret takes, and nobody else.
import {execFileSync} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {jwtVerify} from 'jose'
import {afterAll, beforeAll, expect, test} from 'vitest'

const PROGRAM = join(import.meta.dirname, '../../bin/run.js')
const SECRET = 'a secret of more than thirty-two bytes'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-token-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

function token(...args: string[]): string {
  const {PGEXT_JWT_SECRET: _, POSTGREST_JWT_SECRET: __, ...env} = process.env
  return execFileSync(process.execPath, [PROGRAM, 'token', '-C', folder, ...args], {env, encoding: 'utf8', stdio: 'pipe'}).trim()
}

test('a token is signed with the secret of .env, and says what it was told', async () => {
  await writeFile(join(folder, '.env'), `POSTGREST_JWT_SECRET='${SECRET}'\n`)
  const made = token('--role', 'authenticated', '--sub', 'ada', '--exp', '5m', '--claim', 'admin=true', '--claim', 'team=a=b')
  const {payload} = await jwtVerify(made, new TextEncoder().encode(SECRET))
  expect(payload).toMatchObject({role: 'authenticated', sub: 'ada', admin: true, team: 'a=b'})
  expect(payload.exp! - payload.iat!).toBe(300)
})

test('without a secret, with a short one, or a wrong time it says so', async () => {
  await writeFile(join(folder, '.env'), '')
  expect(() => token('--role', 'a')).toThrow(/there is no secret to sign with/)
  await writeFile(join(folder, '.env'), "PGEXT_JWT_SECRET='short'\n")
  expect(() => token('--role', 'a')).toThrow(/fewer than 32 bytes/)
  await writeFile(join(folder, '.env'), `PGEXT_JWT_SECRET='${SECRET}'\n`)
  expect(() => token('--role', 'a', '--exp', 'soon')).toThrow(/--exp soon is no time/)
})

// A role and a subject in, a token for trying things out: signed with the project's secret, printed and kept nowhere.
import {Flags} from '@oclif/core'
import {PgextError} from '../errors.ts'
import {PgextCommand} from '../terminal/command.ts'

export default class Token extends PgextCommand {
  static override description = `make a token (JWT), to try things out with

Signed with PGEXT_JWT_SECRET or POSTGREST_JWT_SECRET of .env or the environment; else with the
secret of the stack that pgext dev runs here. PostgREST and pg_events_ws both take it.`
  static override usage = 'token --role NAME [--sub ID] [--exp 1h] [--claim NAME=VALUE]...'
  static override examples = [
    {description: 'for somebody', command: '<%= config.bin %> <%= command.id %> --role authenticated --sub 7b0f…'},
    {
      description: 'with it, at once',
      command:
        'curl -H "Authorization: Bearer $(<%= config.bin %> <%= command.id %> --role authenticated)" localhost:8080/rest/tasks',
    },
  ]
  static override flags = {
    role: Flags.string({helpValue: 'NAME', required: true, description: 'the role that PostgreSQL enters'}),
    sub: Flags.string({helpValue: 'ID', description: 'who it is'}),
    exp: Flags.string({helpValue: 'TIME', default: '1h', description: 'how long it is good: 90s, 5m, 1h, 7d'}),
    claim: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME=VALUE',
      description: 'another claim, as JSON or as text; once for each',
    }),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Token)
    const project = await this.project({folder: flags.folder})
    const [{localSecret}, {SignJWT}] = await Promise.all([import('../dev/state.ts'), import('jose')])
    const secret = project.jwtSecret ?? localSecret(project.folder)
    if (secret === undefined) {
      throw new PgextError('bad-config', 'there is no secret to sign with', {
        hint: 'set POSTGREST_JWT_SECRET in .env, or start pgext dev, which has one of its own',
      })
    }
    if (secret.trim().startsWith('{')) {
      throw new PgextError('not-supported', 'the secret is a JWK, and tokens are made with plain secrets alone', {
        hint: 'sign it where its private key is',
      })
    }
    const bytes = new TextEncoder().encode(secret)
    if (bytes.length < 32)
      throw new PgextError('bad-config', 'the secret has fewer than 32 bytes', {hint: 'openssl rand -hex 32'})
    const seconds = secondsIn(flags.exp)
    const claims = {...Object.fromEntries((flags.claim ?? []).map(claimIn)), role: flags.role, ...(flags.sub && {sub: flags.sub})}
    const now = Math.floor(Date.now() / 1000)
    const token = await new SignJWT(claims)
      .setProtectedHeader({alg: 'HS256', typ: 'JWT'})
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(bytes)
    this.log(token)
    return {token, claims: {...claims, iat: now, exp: now + seconds}}
  }
}

const UNITS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86_400}

function secondsIn(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? []
  if (number && unit) return Number(number) * UNITS[unit]!
  throw new PgextError('usage', `--exp ${text} is no time`, {hint: '90s, 5m, 1h or 7d'})
}

function claimIn(text: string): [string, unknown] {
  const at = text.indexOf('=')
  if (at < 1) throw new PgextError('usage', `--claim ${text} has no value`, {hint: '--claim name=value'})
  const value = text.slice(at + 1)
  try {
    return [text.slice(0, at), JSON.parse(value)]
  } catch {
    return [text.slice(0, at), value]
  }
}

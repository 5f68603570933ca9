// A job of GitHub Actions in; its annotations, its summary and one comment on the pull request out. Exits as `pgext check` does.
import {appendFileSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {comment} from './comment.js'
import {baseOf, pgextIn} from './run.js'
import {bodyOf, findingsIn} from './text.js'

// what runs beside this has no business with either
const {PGEXT_TOKEN: token, PGEXT_DATABASE_URL: database, DATABASE_URL: _, ...env} = process.env

const folder = env.PGEXT_FOLDER || '.'
const place = resolve(env.GITHUB_WORKSPACE || '.', folder)
const event = env.GITHUB_EVENT_PATH ? JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) : {}
const say = (name, text) => env[name] && appendFileSync(env[name], text)

const pgext = pgextIn(place, env)
const base = baseOf(place, event, env)
const since = base ? ['--changed-since', base] : []
const check = pgext(['check', '--format', 'github', ...since, ...(database ? ['--database'] : [])], {
  ...(database && {DATABASE_URL: database}),
})
process.stdout.write(check.out)
const shown = base ? pgext(['migrate:show', ...since, '--format', 'markdown']) : undefined

const plan = join(env.RUNNER_TEMP || tmpdir(), 'pgext-plan.md')
if (shown) writeFileSync(plan, shown.out)
const body = bodyOf({folder, code: check.code, findings: findingsIn(check.out), plan: shown})
say('GITHUB_STEP_SUMMARY', `${body.text}\n`)
const url = env.PGEXT_COMMENT === 'false' ? undefined : await comment({...body, event, token, env})
const outputs = [`fine=${check.code === 0}`, ...(shown ? [`plan=${plan}`] : []), ...(url ? [`comment=${url}`] : [])]
say('GITHUB_OUTPUT', `${outputs.join('\n')}\n`)
process.exitCode = check.code

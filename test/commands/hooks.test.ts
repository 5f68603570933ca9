// Hooks as git runs them, in real repositories; layouts of what else runs hooks, by their files.
import {execFile, execFileSync, spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {parse} from 'yaml'
import {pgextAgain} from './run.ts'

vi.setConfig({testTimeout: 240_000})

const ROOT = join(import.meta.dirname, '../..')
const NOTES = 'CREATE TABLE notes (id int PRIMARY KEY);\n'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pgext hook's-"))
  git('init', '-q', '-b', 'main')
})
afterEach(() => rm(folder, {recursive: true, force: true}))

const env = () => {
  const {DATABASE_URL, SHADOW_DATABASE_URL, ...rest} = process.env
  const who = {GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b'}
  return {...rest, ...who, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1'}
}
const git = (...args: string[]) => execFileSync('git', args, {cwd: folder, env: env(), encoding: 'utf8', stdio: 'pipe'})
/** What a commit of all there is gives, and says. */
const commit = (cwd = folder) => {
  execFileSync('git', ['add', '-A'], {cwd, env: env(), stdio: 'pipe'})
  return commitWith([], cwd)
}
const commitWith = (args: readonly string[], cwd = folder) =>
  new Promise<{code: number; said: string}>((done) => {
    execFile('git', ['commit', '-m', 'x', ...args], {cwd, env: env()}, (error, out, err) =>
      done({code: error ? Number(error.code) : 0, said: out + err}),
    )
  })
const write = async (name: string, text: string) => {
  await mkdir(dirname(join(folder, name)), {recursive: true})
  await writeFile(join(folder, name), text)
}
const read = (name: string) => readFile(join(folder, name), 'utf8')
const pgext = (...args: string[]) => pgextAgain(args, {cwd: folder, env: {GIT_CONFIG_GLOBAL: '/dev/null'}})
const hooks = async (...args: string[]) => {
  const {code, out, err} = await pgext('init', '--hooks', '--json', ...args)
  return {code, ...JSON.parse(out || err)}
}
/** As npm puts it there. */
const install = async (where: string) => {
  await mkdir(join(folder, where, 'node_modules/.bin'), {recursive: true})
  await symlink(join(ROOT, 'bin/run.js'), join(folder, where, 'node_modules/.bin/pgext'))
  await write('.gitignore', 'node_modules\n')
}

test('a commit of a schema that no migration makes is refused, and others are not', async () => {
  await install('.')
  await write('schema.sql', NOTES)
  expect(await hooks()).toMatchObject({code: 0, hook: {by: 'git', file: '.git/hooks/pre-commit', state: 'made'}})
  expect((await stat(join(folder, '.git/hooks/pre-commit'))).mode & 0o111).toBe(0o111)

  const refused = await commit()
  expect(refused.said).toMatch(/error: .*migration/)
  expect(refused.said).toContain('pgext migrate:new')
  expect(refused.code).toBe(1)

  git('reset', '-q')
  git('add', '.gitignore')
  git('commit', '-qm', 'what is no part of the project')

  expect((await pgext('migrate:new', 'first')).code).toBe(0)
  expect(await commit()).toMatchObject({code: 0})
  expect(git('ls-files')).toContain('migrations/pgext.sum')
  expect(await hooks()).toMatchObject({code: 0, hook: {state: 'there'}})
})

test('what is judged is what is committed, not what the folder has besides', async () => {
  await install('my db')
  await write('my db/schema.sql', NOTES)
  await write('.gitignore', 'node_modules\ngenerated.sql\n')
  expect(await hooks('-C', 'my db')).toMatchObject({code: 0})
  expect((await pgext('migrate:new', 'first', '-C', 'my db')).code).toBe(0)
  git('add', '.')
  git('reset', '-q', '--', 'my db/migrations')
  const forgotten = await commitWith([])
  expect(forgotten.said).toMatch(
    /note: looked at as staged: what is not staged of migrations\/\S+_first\.sql, migrations\/pgext\.sum was left out/,
  )
  expect(forgotten.said).toMatch(/there is no migration yet/)
  expect(forgotten.code).toBe(1)
  expect(await commit()).toMatchObject({code: 0})

  // staged what no migration makes, and taken back in the folder
  await write('my db/schema.sql', `${NOTES}CREATE TABLE more (id int);\n`)
  git('add', '.')
  await write('my db/schema.sql', NOTES)
  expect(await commitWith([])).toMatchObject({
    code: 1,
    said: expect.stringMatching(/no migration covers this yet:\n {2}\+ table public.more/),
  })
  // the other way round, with a file that is not to be committed, one with a name alone, and one that git ignores
  await write('my db/schema.sql', `${NOTES}-- staged\n`)
  git('add', '.')
  await write('my db/schema.sql', `${NOTES}CREATE TABLE more (id int);\n`)
  await write('my db/functions/draft.sql', 'CREATE FUNCTION draft() RETURNS nonsense LANGUAGE sql RETURN 1;\n')
  await write('my db/functions/named.sql', 'nonsense')
  await write('my db/functions/generated.sql', 'CREATE FUNCTION generated() RETURNS int LANGUAGE sql RETURN 1;\n')
  git('add', '--intent-to-add', 'my db/functions/named.sql')
  const fine = await commitWith([])
  expect(fine.said).toMatch(/fine: 2 files and 1 migration/)
  expect(fine.code).toBe(0)
  // an index of its own: all that is tracked, or one file
  expect(await commitWith(['--all'])).toMatchObject({code: 1, said: expect.stringMatching(/functions\/named\.sql/)})
  git('rm', '-q', '--cached', 'my db/functions/named.sql')
  expect(await commitWith(['my db/schema.sql'])).toMatchObject({code: 1, said: expect.stringMatching(/public\.more/)})
  expect(git('status', '--porcelain')).toContain(' M "my db/schema.sql"')

  const {code, err} = await pgext('check', '--staged', '-C', tmpdir())
  expect([code, err]).toEqual([1, expect.stringMatching(/--staged needs a git repository/)])
})

test('a worktree, where .git is a file, and a project in a folder of its own', async () => {
  await write('README.md', '')
  await commit()
  git('worktree', 'add', '-q', '-b', 'other', 'tree')
  await write("tree/my db's/schema.sql", NOTES)
  await install("tree/my db's")
  const {hook} = await hooks('-C', "tree/my db's")
  expect(hook).toMatchObject({by: 'git', file: join(folder, '.git/hooks/pre-commit'), state: 'made'})
  const tree = join(folder, 'tree')
  await writeFile(join(tree, '.gitignore'), 'node_modules\n')
  expect((await commit(tree)).said).toMatch(/pgext migrate:new/)
  expect((await pgext('migrate:new', 'first', '-C', "tree/my db's")).code).toBe(0)
  expect(await commit(tree)).toMatchObject({code: 0})
  expect(await hooks('-C', "tree/my db's")).toMatchObject({hook: {state: 'there'}})
  // a second project of the repository has a line of its own
  await write('tree/more/schema.sql', '')
  expect(await hooks('-C', 'tree/more')).toMatchObject({hook: {state: 'added'}})
  expect((await read('.git/hooks/pre-commit')).match(/pgext check -C/g)).toHaveLength(2)
})

test('somebody’s hook is not overwritten, and what it gives back stays so', async () => {
  await write('schema.sql', '')
  const path = join(folder, '.git/hooks/pre-commit')
  await write('.git/hooks/pre-commit', '#!/usr/bin/env bash\n# theirs\nexit 7\n')
  expect(await hooks()).toMatchObject({code: 2, hook: {state: 'left'}}) // it does not run: it is not executable
  await chmod(path, 0o755)
  expect(await hooks()).toMatchObject({code: 0, hook: {state: 'added'}})
  const [first, line, ...rest] = (await read('.git/hooks/pre-commit')).split('\n')
  expect([first, ...rest]).toEqual(['#!/usr/bin/env bash', '# theirs', 'exit 7', ''])
  expect(line).toMatch(/pgext check --staged \|\| exit \$\?$/)
  await write('note.txt', '')
  git('add', 'note.txt')
  expect(() => git('commit', '-qm', 'x')).toThrow(/Command failed/)

  await write('.git/hooks/pre-commit', '#!/usr/bin/env python3\n')
  const {code, out} = await pgext('init', '--hooks')
  expect(out).toContain("is not pgext's to change: add this to it")
  expect(code).toBe(2)
  expect(await read('.git/hooks/pre-commit')).toBe('#!/usr/bin/env python3\n')

  const outside = await mkdtemp(join(tmpdir(), 'pgext-hooks-'))
  git('config', 'core.hooksPath', outside)
  expect(await hooks()).toMatchObject({code: 2, hook: {file: join(outside, 'pre-commit'), state: 'left'}})
  await rm(outside, {recursive: true})
  git('config', 'core.hooksPath', '.githooks')
  expect(await hooks()).toMatchObject({code: 0, hook: {file: '.githooks/pre-commit', state: 'made'}})
})

test('husky, lefthook and pre-commit have theirs', async () => {
  await write('db/schema.sql', '')
  await write('.pre-commit-config.yaml', 'repos: []\n')
  const told = await hooks('-C', 'db')
  expect(told).toMatchObject({code: 2, hook: {by: 'pre-commit', state: 'left'}})
  const entry = parse(told.hook.text)[0].hooks[0]
  expect(entry).toMatchObject({id: 'pgext-check', pass_filenames: false})
  expect(entry.entry).toContain('pgext check -C db')
  expect('db/migrations/pgext.sum').toMatch(new RegExp(entry.files))
  await write('.pre-commit-config.yaml', told.hook.text)
  expect(await hooks('-C', 'db')).toMatchObject({code: 2, hook: {state: 'there', next: 'pre-commit install'}})

  await write('.husky/pre-commit', '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpm test\n')
  expect(await hooks('-C', 'db')).toMatchObject({code: 2, hook: {by: 'husky', state: 'added', next: 'npx husky'}})
  const lines = (await read('.husky/pre-commit')).split('\n')
  expect(lines[1]).toContain('husky.sh')
  expect(lines[2]).toContain('pgext check -C db --staged || exit $?')
  expect(lines.at(-2)).toBe('npm test')
  expect(await hooks('-C', 'db')).toMatchObject({hook: {state: 'there'}})
  // as version 9 has it
  git('config', 'core.hooksPath', 'web/.husky/_')
  await write('web/.husky/_/h', '')
  expect(await hooks('-C', 'db')).toMatchObject({hook: {by: 'husky', file: 'web/.husky/pre-commit', state: 'made'}})
  expect((await hooks('-C', 'db')).hook).not.toHaveProperty('next')

  await write('lefthook.yml', 'pre-push:\n  commands:\n    test: {run: npm test}')
  expect(await hooks('-C', 'db')).toMatchObject({code: 2, hook: {by: 'lefthook', state: 'added', next: 'lefthook install'}})
  const lefthook = parse(await read('lefthook.yml'))
  expect(lefthook['pre-push'].commands.test.run).toBe('npm test')
  expect(lefthook['pre-commit'].commands['pgext-check'].run).toMatch(/pgext check -C db --staged$/)
  await write('lefthook.yml', 'pre-commit:\n  commands: {}\n')
  expect(await hooks('-C', 'db')).toMatchObject({code: 2, hook: {by: 'lefthook', state: 'left'}})
})

test('a new project gets its hook at once; a folder in no repository gets none', async () => {
  const {code, out} = await pgext('init', 'shop', '--template', 'minimal', '--yes', '--hooks', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({template: 'minimal', hook: {state: 'made'}})
  await rm(join(folder, '.git'), {recursive: true})
  const nowhere = await pgext('init', '--hooks', '-C', 'shop')
  expect(nowhere.code).toBe(1)
  expect(nowhere.err).toMatch(/init --hooks needs a git repository[^\n]*\nhint: git init/)
})

/** npm install husky lefthook somewhere, and its node_modules/.bin on PATH. */
const whereIs = (tool: string) =>
  process.env.PATH?.split(delimiter)
    .map((one) => join(one, tool))
    .find(existsSync)
for (const tool of ['husky', 'lefthook'])
  if (!whereIs(tool)) console.info(`not run here: ${tool}, which is not on PATH (npm install ${tool})`)

test.runIf(whereIs('husky'))('husky itself runs it', async () => {
  await write('.husky/pre-commit', 'echo theirs\n')
  await runsIt('husky', [], 'npx husky', '.husky/pre-commit')
})

test.runIf(whereIs('lefthook'))('lefthook itself runs it', async () => {
  await write('lefthook.yml', 'pre-push:\n  commands:\n    test: {run: npm test}\n')
  execFileSync(whereIs('lefthook')!, ['install'], {cwd: folder, env: env(), stdio: 'pipe'})
  await runsIt('lefthook', ['install'], 'lefthook install', 'lefthook.yml')
})

async function runsIt(tool: string, args: readonly string[], then: string, file: string) {
  await install('.')
  await write('schema.sql', NOTES)
  const made = await pgext('init', '--hooks')
  expect([made.code, made.out]).toEqual([2, expect.stringContaining(`+ ${file}: each commit`)])
  expect(made.out).toContain(`git does not run ${tool} here yet: ${then}`)
  execFileSync(whereIs(tool)!, args, {cwd: folder, env: env(), stdio: 'pipe'})
  expect(await hooks()).toMatchObject({code: 0, hook: {by: tool, state: 'there'}})
  expect(await commit()).toMatchObject({code: 1, said: expect.stringContaining('pgext migrate:new')})
  expect((await pgext('migrate:new', 'first')).code).toBe(0)
  expect(await commit()).toMatchObject({code: 0, said: expect.stringMatching(/fine: 1 file and 1 migration/)})
  await write('schema.sql', `${NOTES}CREATE TABLE more (id int);\n`)
  git('add', '.')
  await write('schema.sql', NOTES)
  expect(await commitWith([])).toMatchObject({code: 1, said: expect.stringContaining('+ table public.more')})
  expect(await read('schema.sql')).toBe(NOTES)
}

/** It clones this repository's last commit, installs it and all it needs from npm, and builds: minutes. */
const hasPreCommit = spawnSync('pre-commit', ['--version']).status === 0
const isWhole = process.env.PGEXT_LOAD === 'full'
if (isWhole && !hasPreCommit) console.info('not run here: pre-commit, which is not on PATH (pip install pre-commit)')

test.runIf(isWhole && hasPreCommit)('pre-commit installs this repository, and runs its hook', {timeout: 1_200_000}, async () => {
  const source = await mkdtemp(join(tmpdir(), 'pgext-source-'))
  execFileSync('git', ['clone', '-q', ROOT, source], {env: env()})
  const rev = execFileSync('git', ['rev-parse', 'HEAD'], {cwd: source, encoding: 'utf8'}).trim()
  const hook = `repos: [{repo: ${JSON.stringify(source)}, rev: ${rev}, hooks: [{id: pgext-check}]}]\n`
  await write('.pre-commit-config.yaml', `default_language_version: {node: system}\n${hook}`)
  await write('schema.sql', NOTES)
  vi.stubEnv('PRE_COMMIT_HOME', join(source, '.git/home'))
  execFileSync('pre-commit', ['install', '--install-hooks'], {cwd: folder, env: env(), stdio: 'pipe'})
  const refused = await commit()
  expect(refused.said).toMatch(/pgext check\.+Failed[\s\S]*migrate:new/)
  expect((await pgext('migrate:new', 'first')).code).toBe(0)
  expect((await commit()).said).toMatch(/pgext check\.+Passed/)
  await write('README.md', '')
  expect((await commit()).said).toMatch(/pgext check\.+.*Skipped/)
  vi.unstubAllEnvs()
  await rm(source, {recursive: true, force: true})
})

test('.pre-commit-hooks.yaml says when it runs', async () => {
  const [hook] = parse(await readFile(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'))
  expect(hook).toMatchObject({id: 'pgext-check', language: 'node', pass_filenames: false})
  const files = new RegExp(hook.files)
  for (const name of ['schema.sql', 'db/functions/a.sql', 'pgext.json', 'db/pgext.json', 'migrations/pgext.sum'])
    expect(name).toMatch(files)
  for (const name of ['README.md', 'package.json', 'src/sql.ts']) expect(name).not.toMatch(files)
})

test('the lines for GitLab in docs/ci.md, as its runner runs them', async () => {
  const page = await readFile(join(ROOT, 'docs/ci.md'), 'utf8')
  const recipe = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
    .map(([, text]) => parse(text!))
    .find((one) => one.schema?.script)
  const [install0, ...lines] = recipe.schema.script
  expect(install0).toBe('npm ci')
  await install('.')
  await write('schema.sql', NOTES)
  expect((await pgext('migrate:new', 'first')).code).toBe(0)
  git('add', '.')
  git('commit', '-qm', 'first')
  const CI_MERGE_REQUEST_DIFF_BASE_SHA = git('rev-parse', 'HEAD').trim()
  // it checks commits out, not branches
  git('checkout', '-q', '--detach')
  const job = () => {
    const ran = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', lines.join('\n')], {
      ...{cwd: folder, encoding: 'utf8'},
      env: {...env(), CI_MERGE_REQUEST_DIFF_BASE_SHA},
    })
    return {code: ran.status, said: ran.stdout + ran.stderr}
  }
  await write('schema.sql', `${NOTES}CREATE TABLE more (id int PRIMARY KEY);\n`)
  git('commit', '-qam', 'second')
  expect(job()).toEqual({code: 2, said: expect.stringContaining('+ table public.more')})
  expect(await read('plan.md')).toContain('no new migration')
  expect((await pgext('migrate:new', 'second')).code).toBe(0)
  git('add', '.')
  git('commit', '-qm', 'third')
  expect(job()).toEqual({code: 0, said: expect.stringMatching(/2 migrations, of which 1 new since [0-9a-f]{7} /)})
  expect(await read('plan.md')).toMatch(/1 new migration[\s\S]*CREATE TABLE public.more/)
})

// README, docs/ and the templates' READMEs in; each shell block is run, in order, in a project of its page's own; SQL and JSON are read.
import {chmod, cp, readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parse as parseYaml} from 'yaml'
import {parse} from '../../src/postgres/parse.ts'
import {readSettings, SETTINGS} from '../../src/project/settings.ts'
import {openSite, type Site} from '../commands/site.ts'
import {type Page, readPage} from './block.ts'
import {readThrough, type Start, writePrograms} from './reader.ts'

const ROOT = join(import.meta.dirname, '../..')
const isAll = process.env.PGEXT_LOAD === 'full'
/** What `npm test` runs; the others are for `npm run test:all`. */
const FIRST = ['README.md', 'templates/todo/README.md', 'docs/functions.md']

const named = process.env.PGEXT_PAGE
const pages = ['README.md', 'templates/todo/README.md', 'templates/minimal/README.md', ...(await markdown('docs'))].map((path) =>
  readPage(ROOT, path),
)
const run = pages.filter(({path, blocks}) => blocks.some(({language}) => language === 'sh') && isWanted(path))

function isWanted(path: string): boolean {
  return named ? path.includes(named) : isAll || FIRST.includes(path)
}

async function markdown(folder: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder))
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`)
}

describe.skipIf(run.length === 0)('what is shown is run', () => {
  let site: Site
  let bin: string
  let start: Start
  const left: string[] = []

  beforeAll(async () => {
    site = await openSite()
    // the server of root's stack runs as somebody else, who has to come as far
    await chmod(site.folder, 0o755)
    bin = await writePrograms(site.folder)
    await site.admin.script('create role anon; create role authenticated; create role web_anon')
    const project = await site.project('shop', {})
    await cp(join(import.meta.dirname, 'shop'), project.folder, {recursive: true})
    await project.ends(0, 'migrate', '--name', 'first')
    await project.ends(0, 'deploy-functions')
    start = {folder: project.folder, database: 'shop'}
    const theirs = await site.project('theirs', {})
    await theirs.ask(await project.read('schema.sql'))
    await theirs.ask(await project.read('functions/place_order.sql'))
    for (const name of ['empty', 'production']) await site.admin.script(`create database ${name}`)
  })
  afterAll(async () => {
    await site?.close()
    if (left.length > 0) console.info(`not run here:\n${left.join('\n')}`)
    if (!isAll && !named) console.info(`left to npm run test:all: pages other than ${FIRST.join(', ')}`)
  })

  test.each(run.map((page): [string, Page] => [page.path, page]))('%s', async (_, page) => {
    left.push(...(await readThrough(page, site, bin, start)).left)
  })
})

describe('what is shown can be read', () => {
  const blocks = pages.flatMap((page) => page.blocks).filter(({left}) => left === undefined)
  const of = (language: string) => blocks.filter((block) => block.language === language).map(({place, text}) => [place, text])

  test.each(of('sql'))('%s is SQL', async (_, text) => {
    await parse(text!)
  })

  test.each(of('json'))('%s is JSON, with settings that there are', async (_, text) => {
    const value = JSON.parse(text!)
    if (Object.keys(value).every((key) => key === '$schema' || Object.hasOwn(SETTINGS, key)))
      await readSettings(text!, 'pgext.json')
  })

  test.each(of('yaml'))('%s is YAML', (_, text) => {
    expect(parseYaml(text!, {strict: true})).toBeTypeOf('object')
  })

  test('what is for a shell says so', () => {
    const unsaid = pages
      .flatMap(({blocks}) => blocks)
      .filter(
        ({language, text}) => ['bash', 'shell', 'zsh'].includes(language) || (language === '' && /^(\$ |npx |pgext )/.test(text)),
      )
    expect(unsaid.map(({place}) => place)).toEqual([])
  })

  test('every link leads somewhere', async () => {
    const broken: string[] = []
    for (const {path} of pages) {
      const text = await readFile(join(ROOT, path), 'utf8')
      for (const [, to] of text.replace(/```[\s\S]*?\n```/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(to!)) continue
        const [file, anchor] = to!.split('#')
        const target = file ? join(ROOT, path, '..', file) : join(ROOT, path)
        const found = await readFile(target, 'utf8').catch((error) => (error.code === 'EISDIR' ? '' : undefined))
        if (found === undefined || (anchor && !anchors(found).includes(anchor))) broken.push(`${path}: ${to}`)
      }
    }
    expect(broken).toEqual([])
  })
})

/** as GitHub makes them of headings */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

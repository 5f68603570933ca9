// A page of Markdown in, its blocks of code out, with what invisible comments above them say of how they are tested.
import {readFileSync} from 'node:fs'

export interface Block {
  /** 'docs/migrations.md:7' */
  readonly place: string
  readonly language: string
  readonly text: string
  /** why it is not run, or read, here: `<!-- not run: reason -->` */
  readonly left?: string
  /** what each of its commands may end with: `<!-- exit: 0, 2 -->`; else 0 */
  readonly codes: readonly number[]
  /** what is done first, to have what the page takes for granted: `<!-- before: … -->`, a shell script */
  readonly before?: string
}

export interface Page {
  readonly path: string
  readonly blocks: readonly Block[]
  /** `<!-- starts in: an empty folder -->`, else in a project with a database of its own */
  readonly isEmpty: boolean
  /** of a template: it starts in a project of that, without a database */
  readonly template?: string
}

const WORDS = ['not run', 'exit', 'before', 'starts in']

export function readPage(root: string, path: string): Page {
  const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n')
  const blocks: Block[] = []
  let marks = new Map<string, string>()
  let isEmpty = false
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!
    if (line.trim() === '') continue
    if (line.startsWith('<!--')) {
      const end = endOf(lines, at, (one) => one.endsWith('-->'))
      const text = lines.slice(at, end + 1).join('\n')
      const [, word = '', value = ''] = /^<!-- ([a-z ]+):\s*([\s\S]*?)\s*-->$/.exec(text) ?? []
      if (WORDS.includes(word)) marks.set(word, value)
      if (word === 'starts in') isEmpty = value === 'an empty folder'
      at = end
      continue
    }
    const [, language] = /^```(\w*)$/.exec(line) ?? []
    if (language !== undefined) {
      const end = endOf(lines, at + 1, (one) => one === '```')
      const text = lines.slice(at + 1, end)
      const typed = text.filter((one) => one.startsWith('$ ')).map((one) => one.slice(2))
      const isConsole = language === 'console'
      blocks.push({
        place: `${path}:${at + 1}`,
        language: isConsole ? 'sh' : language,
        // of a console what was typed, not what was answered
        text: (isConsole ? typed : text).join('\n'),
        codes: (marks.get('exit') ?? '0').split(',').map(Number),
        ...named(marks, {left: 'not run', before: 'before'}),
      })
      at = end
    }
    marks = new Map()
  }
  const [, template] = /^templates\/(\w+)\//.exec(path) ?? []
  return {path, blocks, isEmpty: isEmpty || template !== undefined, ...(template && {template})}
}

function endOf(lines: readonly string[], from: number, ends: (line: string) => boolean): number {
  const end = lines.findIndex((line, at) => at >= from && ends(line))
  if (end === -1) throw new Error(`nothing ends what begins with ${lines[from]}`)
  return end
}

function named<K extends string>(marks: ReadonlyMap<string, string>, names: Readonly<Record<K, string>>): {[name in K]?: string} {
  const found = Object.entries<string>(names).filter(([, word]) => marks.has(word))
  return Object.fromEntries(found.map(([name, word]) => [name, marks.get(word)!])) as {[name in K]?: string}
}

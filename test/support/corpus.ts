// The files under test/bodies in, cases out: a schema, the marked places in its function bodies, and the statements that run them.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {splitStatements} from '../../src/postgres/statements.ts'

export type Sort = 'faulty' | 'sound' | 'lint'

export interface Case {
  /** 'faulty/select-into-column' */
  readonly name: string
  readonly sort: Sort
  readonly schema: string
  /** after the line `-- run` */
  readonly run: string
  /** the first major it can be loaded on: `-- minimum: 15` */
  readonly minimum: number
  /** why pgext's check does not get it right yet: `-- miss: why` */
  readonly miss?: string
}

/** `-- fault[token]: message`, `-- warning: rule`, `-- or here`: a mark at the end of the line it speaks of. */
export interface Mark {
  readonly word: 'fault' | 'warning' | 'note' | 'or'
  /** what the finding's place begins with */
  readonly token?: string
  readonly text: string
  /** of the body, from 1; 0: of no body, the routine as a whole */
  readonly line: number
}

const FOLDER = join(import.meta.dirname, '..', 'bodies')
const MARK = /-- (fault|warning|note|or)(?:\[(.+?)\])?(?:: (.*?)| here)\s*(?:\\n.*)?$/

export function readCases(sort: Sort): Case[] {
  const files = readdirSync(join(FOLDER, sort)).filter((file) => file.endsWith('.sql'))
  return files.sort().map((file) => {
    const text = readFileSync(join(FOLDER, sort, file), 'utf8')
    // written here, as version control may change the ends of lines
    const [schema = '', run = ''] = (/^-- crlf$/m.test(text) ? text.replaceAll('\n', '\r\n') : text).split(/^-- run\r?\n/m)
    return {
      name: `${sort}/${file.slice(0, -'.sql'.length)}`,
      sort,
      schema,
      run,
      minimum: Number(/^-- minimum: (\d+)/m.exec(text)?.[1] ?? 0),
      miss: /^-- miss: (.+)/m.exec(text)?.[1],
    }
  })
}

/** One by one: a procedure that commits is refused among others. */
export async function statementsOf({name, run}: Case): Promise<string[]> {
  return (await splitStatements(run, name)).map(({sql}) => sql)
}

export function marksIn(text: string): Mark[] {
  return text.split('\n').flatMap((line, at) => {
    const [, word, token, said = ''] = MARK.exec(line) ?? []
    return word ? [{word: word as Mark['word'], token, text: said, line: at + 1}] : []
  })
}

/** The line of a body that an offset into it is on, from 1. */
export function lineOf(body: string, at: number): number {
  return body.slice(0, at).split('\n').length
}

// An entry of PostgreSQL's log in; the line of the project's files that it came from out, where that can be known.
import type {LogEntry} from '../logs/model.ts'
import {parse, strings, type Tree, walk} from '../postgres/parse.ts'
import {split} from '../postgres/statements.ts'
import type {Project} from '../project/model.ts'
import type {SourceFile, Written} from '../shadow/model.ts'
import {splitOnce} from '../shadow/work.ts'
import {placeOfBody} from '../shadow/written.ts'

/** milliseconds for which files are taken to be as they were */
const FRESH = 5000

/** A routine that a file makes. */
interface Made extends Written {
  readonly schema?: string
  readonly name: string
  /** of its input, as PostgreSQL prints them */
  readonly types: readonly string[]
  /** absent: it is written in standard SQL */
  readonly body?: string
}

interface Files {
  readonly sources: readonly SourceFile[]
  readonly made: ReadonlyMap<string, readonly Made[]>
}

/** Where in which routine. */
interface Frame {
  readonly schema?: string
  readonly name: string
  readonly types?: readonly string[]
  readonly line?: number
  /** of a function in SQL, from 1 */
  readonly statement?: number
}

export class Origins {
  readonly #project: Pick<Project, 'sources'>
  #files?: Promise<Files>
  #read = 0
  /** by path: what has not changed is not parsed again */
  readonly #known = new Map<string, SourceFile>()

  constructor(project: Pick<Project, 'sources'>) {
    this.#project = project
  }

  /** `functions/place_order.sql:12` */
  async of({source, context, statement, duration}: LogEntry): Promise<string | undefined> {
    if (source !== 'db') return undefined
    for (const frame of context ? framesIn(context) : []) {
      const files = await this.#current()
      const made = theOne(files.made.get(frame.name) ?? [], frame)
      if (made) return placeIn(files.sources, made, await offsetOf(made, frame))
    }
    return duration === undefined || statement === undefined ? undefined : this.#called(statement)
  }

  /** What took long is said of a whole statement: the first function of the files that it calls. */
  async #called(statement: string): Promise<string | undefined> {
    const files = await this.#current()
    if (![...files.made.keys()].some((name) => statement.includes(name))) return undefined
    for (const {name, schema, count} of await parse(statement).then(callsOf, () => [])) {
      // more may be given by defaults, fewer never
      const possible = (files.made.get(name) ?? []).filter(({types}) => types.length >= count)
      const made = theOne(possible, {name, ...(schema !== undefined && {schema})})
      if (made) return placeIn(files.sources, made)
    }
    return undefined
  }

  #current(): Promise<Files> {
    if (this.#files && performance.now() - this.#read < FRESH) return this.#files
    this.#read = performance.now()
    this.#files = readFiles(this.#project, this.#known)
    return this.#files
  }
}

function callsOf(tree: unknown): {name: string; schema?: string; count: number}[] {
  const calls: {name: string; schema?: string; count: number}[] = []
  walk(tree, (_, {funcname, args}) => {
    const [name, schema] = strings(funcname).reverse()
    if (name !== undefined) calls.push({name, count: args?.length ?? 0, ...(schema !== undefined && {schema})})
  })
  return calls
}

/** Files that can't be read tell nothing. */
async function readFiles(project: Pick<Project, 'sources'>, known: Map<string, SourceFile>): Promise<Files> {
  const made = new Map<string, Made[]>()
  const sources = (await project.sources().catch(() => [])).map((source) => {
    const before = known.get(source.path)
    const same = before?.text === source.text ? before : source
    known.set(source.path, same)
    return same
  })
  for (const source of sources) {
    const {statements} = await splitOnce(source).catch(() => ({statements: []}))
    for (const {kind, node, start} of statements) {
      if (kind !== 'CreateFunctionStmt') continue
      const one = routineOf(node, {path: source.path, start})
      made.set(one.name, [...(made.get(one.name) ?? []), one])
    }
  }
  return {sources, made}
}

function routineOf(node: Tree, written: Written): Made {
  const [name, schema] = strings(node.funcname).reverse()
  const as = (node.options ?? []).map((item: Tree) => item.DefElem).find((item: Tree) => item?.defname === 'as')
  const body = as?.arg?.List?.items?.[0]?.String?.sval
  const types = ((node.parameters ?? []) as Tree[])
    .map((item) => item.FunctionParameter as Tree)
    .filter(({mode}) => mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE')
    .map(({argType}) => typeName(argType))
  return {...written, name: name!, types, ...(schema !== undefined && {schema}), ...(body !== undefined && {body})}
}

/** What PostgreSQL calls its types where it prints them, by what its parser calls them. */
const PRINTED: Readonly<Record<string, string>> = {
  ...{int2: 'smallint', int4: 'integer', int8: 'bigint', float4: 'real', float8: 'double precision', bool: 'boolean'},
  ...{varchar: 'character varying', bpchar: 'character', varbit: 'bit varying', decimal: 'numeric'},
  ...{time: 'time without time zone', timetz: 'time with time zone'},
  ...{timestamp: 'timestamp without time zone', timestamptz: 'timestamp with time zone'},
}

/** Without a schema: the path under which a file is loaded need not be that under which the function ran. */
function typeName({names, arrayBounds}: Tree): string {
  const name = strings(names).at(-1) ?? ''
  return `${PRINTED[name] ?? name}${arrayBounds ? '[]' : ''}`
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`
/** The words between are of the server's language. */
const PLPGSQL = new RegExp(String.raw`^.*?PL/pgSQL.*?(?:(${NAME})\.)?(${NAME})\(([^()]*)\)\D*(\d+)?`, 'u')
const COMPILED = /PL\/pgSQL.* "((?:[^"]|"")+)"\D*(\d+)/u
const SQL = /^SQL function "(.+)"(?: statement (\d+))?/

/** The innermost first. */
export function framesIn(context: string): Frame[] {
  return context.split('\n').flatMap((line): Frame[] => {
    // a statement that is quoted, and none that stands for a function
    if (line.length > 1000) return []
    const [called, schema, name, types, number] = PLPGSQL.exec(line) ?? []
    if (called !== undefined)
      return [
        {
          name: unquoted(name!),
          types: types === '' ? [] : types!.split(/, ?/).map((type) => unquoted(type.slice(type.lastIndexOf('.') + 1))),
          ...(schema !== undefined && {schema: unquoted(schema)}),
          ...(number !== undefined && {line: Number(number)}),
        },
      ]
    const [, compiled, at] = COMPILED.exec(line) ?? []
    if (compiled !== undefined) return [{name: compiled, line: Number(at)}]
    const [, plain, statement] = SQL.exec(line) ?? []
    return plain === undefined ? [] : [{name: plain, ...(statement !== undefined && {statement: Number(statement)})}]
  })
}

const unquoted = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)

/** Of several that it could be, none. */
function theOne(made: readonly Made[], {schema, types}: Frame): Made | undefined {
  const named = schema === undefined ? made : made.filter((one) => (one.schema ?? 'public') === schema)
  if (named.length === 1 || types === undefined) return named.length === 1 ? named[0] : undefined
  const fitting = named.filter((one) => one.types.length === types.length && one.types.every((type, at) => type === types[at]))
  return fitting.length === 1 ? fitting[0] : undefined
}

/** Of the body, characters from 0. */
async function offsetOf({body}: Made, {line, statement}: Frame): Promise<number | undefined> {
  if (body === undefined) return undefined
  if (line !== undefined) {
    const before = body
      .split('\n')
      .slice(0, line - 1)
      .join('\n').length
    return line === 1 ? 0 : Math.min(before + 1, body.length)
  }
  if (statement === undefined) return undefined
  const {statements} = await split(body, '').catch(() => ({statements: []}))
  return statements[statement - 1]?.start
}

async function placeIn(sources: readonly SourceFile[], made: Made, at?: number): Promise<string | undefined> {
  const where = await placeOfBody(sources, made, at)
  return where && `${where.file}:${where.line}`
}

// The law of a table for a role in; what JavaScript decides of it, and the SQL of a viewer's values, out: or why PostgreSQL has to be asked for each row.
import type {Link} from '../../events/link.ts'
import {quoteText} from '../../postgres/quote.ts'
import {columnsOf, type Disjunct, disjunctsOf} from '../predicate/disjunct.ts'
import {classOf, elementOf, elementsReader, readerOf} from '../predicate/kind.ts'
import type {Predicate, Value} from '../predicate/model.ts'
import {readPredicate, Unfit, type Wanted} from '../predicate/read.ts'
import type {Facts} from './fact.ts'
import {givenOf} from './image.ts'
import type {Law, LawColumn} from './law.ts'
import type {Names} from './term.ts'
import {refusedTerm} from './term.ts'

export interface Program {
  readonly disjuncts: readonly Disjunct[]
  /** that it speaks of */
  readonly columns: readonly LawColumn[]
  /** two columns: which value, and its text; undefined where none differs by viewer */
  readonly sql?: string
  /** From the texts that this gave. */
  readonly values: (texts: readonly (readonly (string | null)[])[]) => readonly Value[]
}

type ReadValue = (text: string) => Value

/** A string says why not. */
export async function programOf(link: Link, law: Law, facts: Facts): Promise<Program | string> {
  if (facts.refused) return facts.refused
  const wanted: Wanted[] = []
  try {
    const predicate = await predicateOf(law, facts, wanted)
    const readers = await readersOf(link, wanted, facts)
    return await assemble(link, law, predicate, wanted, readers)
  } catch (error) {
    if (error instanceof Unfit) return error.message
    throw error
  }
}

async function predicateOf({policies = [], columns}: Law, facts: Facts, wanted: Wanted[]): Promise<Predicate> {
  const types = new Map(givenOf(columns).map(({name, type}) => [name, type]))
  const names = namesOf(facts)
  const read = async (isPermissive: boolean) => {
    const found: Predicate[] = []
    for (const {permissive, sql, name} of policies) {
      if (permissive !== isPermissive) continue
      found.push(
        await readPredicate(sql, {types, enums: facts.enums}, (tree) => refusedTerm(tree, names), wanted).catch((error) => {
          throw error instanceof Unfit ? new Unfit(`policy ${name}: ${error.message}`) : error
        }),
      )
    }
    return found
  }
  const restrictive = await read(false)
  return {is: 'and', of: [...restrictive, {is: 'or', of: await read(true)}]}
}

/** As PostgreSQL prints them: its own have no schema. */
export function namesOf(facts: Facts): Names {
  return {
    call: (name, args) => {
      const isOwn = name.length === 1 || name[0] === 'pg_catalog'
      return isOwn || (args.length === 0 && facts.settled.has(name.join('.'))) ? undefined : `${name.join('.')}()`
    },
    operator: (name) => (name.length === 1 ? undefined : `operator ${name.join('.')}`),
    isBound: true,
  }
}

/** Of values, whose types PostgreSQL says. */
async function readersOf(link: Link, wanted: readonly Wanted[], {enums}: Facts): Promise<ReadValue[]> {
  const described = (await link.run((db) => db.describe(wanted.map(({sql}) => ({sql: `select ${sql}`}))))) ?? []
  return described.map((one, at) => {
    if (one instanceof Error) throw new Unfit(`its part ${wanted[at]!.sql} can not be asked by itself`)
    const {type} = one.columns[0]!
    const {of} = wanted[at]!
    const element = of.isArray ? elementOf(type) : type
    if (element === undefined || classOf(element, enums) !== of.class)
      throw new Unfit(`its part ${wanted[at]!.sql}, for its type`)
    return of.isArray ? elementsReader(element) : readerOf(element)
  })
}

async function assemble(
  link: Link,
  {columns}: Law,
  predicate: Predicate,
  wanted: readonly Wanted[],
  readers: readonly ReadValue[],
): Promise<Program> {
  const listed = (isConstant: boolean) =>
    wanted
      .flatMap((one, at) => (one.isConstant === isConstant ? [`(${quoteText(String(at))}, ${one.sql}::pg_catalog.text)`] : []))
      .join(', ')
  const constants: Value[] = wanted.map(() => null)
  const fill = (values: Value[], texts: readonly (readonly (string | null)[])[]) => {
    for (const [at, text] of texts) values[Number(at)] = text === null ? null : readers[Number(at)]!(text!)
    return values
  }
  if (listed(true) !== '') {
    const rows = await link.query(`select * from (values ${listed(true)}) v (n, text)`)
    fill(
      constants,
      rows.map(({n, text}) => [n, text]),
    )
  }
  const spoken = columnsOf(predicate)
  const needed = columns.filter(({name}) => spoken.has(name))
  return {
    disjuncts: disjunctsOf(predicate, (column) => needed.findIndex(({name}) => name === column), constants),
    columns: needed,
    ...(listed(false) !== '' && {sql: `select v.n, v.t from (values ${listed(false)}) v (n, t)`}),
    values: (texts) => fill([...constants], texts),
  }
}

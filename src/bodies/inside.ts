// The tree of a DO in, those of the statements in its body out, as far as it is understood.
import {parse, SyntaxProblem, type Tree} from '../postgres/parse.ts'
import {parseBody} from './plpgsql/parse.ts'
import {Unread} from './plpgsql/reader.ts'
import {tokensOf} from './plpgsql/token.ts'
import {childrenOf, type Statement} from './plpgsql/tree.ts'

interface Inside {
  readonly kind: string
  readonly node: Tree
}

/** Statements alone: no expression, and no text that is executed. */
export async function statementsInside(node: Tree): Promise<Inside[]> {
  const texts = ((node.args ?? []) as Tree[]).flatMap(({DefElem}) =>
    DefElem?.defname === 'as' ? [DefElem.arg.String.sval as string] : [],
  )
  const found = (await Promise.all(texts.map(pieces))).flat()
  const trees = await Promise.all(found.map(attempt))
  return trees.flat().flatMap(({stmt}) => Object.entries(stmt as Tree).map(([kind, tree]) => ({kind, node: tree})))
}

async function pieces(body: string): Promise<string[]> {
  try {
    const {block} = parseBody((await tokensOf(body)).tokens)
    return plain(block).map(({from, to}) => body.slice(from, to))
  } catch (error) {
    if (error instanceof Unread || error instanceof SyntaxProblem) return []
    throw error
  }
}

function plain(statement: Statement): readonly {from: number; to: number}[] {
  if (statement.kind === 'sql') return [statement.text]
  return childrenOf(statement).flatMap((list) => list.flatMap(plain))
}

async function attempt(sql: string) {
  return parse(sql).catch((error) => {
    if (error instanceof SyntaxProblem) return []
    throw error
  })
}

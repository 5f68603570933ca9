// Findings in a body in, without those that a comment in it says to leave: `-- pgext:ignore RULE, …`, on the line or the one above.
import type {Finding} from './model.ts'
import type {Tokens} from './plpgsql/token.ts'

const MARK = 'pgext:ignore'

export function withoutIgnored<F extends Finding>(
  findings: readonly F[],
  body: string,
  {comments}: Pick<Tokens, 'comments'>,
): F[] {
  const marks = comments.flatMap(({from, to}) => {
    const text = body.slice(from, to)
    const at = text.indexOf(MARK)
    if (at === -1) return []
    const rules = text
      .slice(at + MARK.length)
      .split(/[\s,*/]+/)
      .filter(Boolean)
    return [{line: lineOf(body, from), rules: new Set(rules)}]
  })
  if (marks.length === 0) return [...findings]
  return findings.filter(({rule, at}) => {
    const line = at === undefined ? undefined : lineOf(body, at)
    // about the routine as a whole: wherever it is said
    return !marks.some((mark) => mark.rules.has(rule) && (line === undefined || mark.line === line || mark.line === line - 1))
  })
}

const lineOf = (body: string, at: number): number => body.slice(0, at).split('\n').length

// A function whose first act is to return null where any argument is null, which PostgreSQL would do without calling it.
import type {Tree} from '../../postgres/parse.ts'
import type {Understood} from '../plpgsql/check.ts'
import type {Variable} from '../plpgsql/scope.ts'
import type {Statement} from '../plpgsql/tree.ts'
import type {Routine} from '../routine.ts'
import type {Lint, Looked} from './lint.ts'

// of a function in SQL it would be no gain: one that is STRICT is seldom taken into the query that calls it
export const strict: Lint = async ({routine, understood, session}) => {
  if (!understood || routine.strict || !isPlain(routine)) return []
  const {declarations, body} = understood.body.block
  const [first, second] = body
  if (!second || declarations.some(({value}) => value) || first?.kind !== 'if' || !returnsNull(first, routine)) return []
  const tested = testedIn(first, understood)
  const parameters = understood.variables.filter(({origin}) => origin === 'parameter')
  if (!tested || parameters.length === 0 || !parameters.every((one) => tested.has(one))) return []
  // an aggregate calls a STRICT function otherwise
  if (await isOfAggregate(routine, session)) return []
  return [
    {
      level: 'note',
      rule: 'strict',
      message: 'it returns null where any argument is null, and is called for that',
      hint: 'make it STRICT instead',
      at: first.from,
    },
  ]
}

const isPlain = ({kind, returnsSet, arguments: all}: Routine): boolean =>
  kind === 'function' && !returnsSet && all.length > 0 && all.every(({mode}) => mode === 'i')

/** IF … THEN RETURN NULL; END IF, and no more. */
function returnsNull({branches, otherwise}: Extract<Statement, {kind: 'if'}>, {body}: Routine): boolean {
  const [only, ...others] = branches
  const [answer, ...more] = only?.body ?? []
  if (others.length > 0 || otherwise || more.length > 0 || answer?.kind !== 'return' || !answer.value) return false
  return body.slice(answer.value.from, answer.value.to).trim().toLowerCase() === 'null'
}

/** The variables of `a IS NULL OR b IS NULL`; of a row that would be said of its fields. */
function testedIn(statement: Statement, {statements}: Understood): ReadonlySet<Variable> | undefined {
  const solved = statements.find(({work}) => work.statement === statement)
  const value: Tree | undefined = solved?.piece.tree.targetList?.[0]?.ResTarget?.val
  if (!solved || !value) return undefined
  const tests: Tree[] = value.BoolExpr?.boolop === 'OR_EXPR' ? value.BoolExpr.args : [value]
  const variables = new Set<Variable>()
  for (const {NullTest} of tests) {
    const location: number | undefined = NullTest?.arg?.ColumnRef && (NullTest.arg.ColumnRef.location ?? 0)
    const mention = solved.piece.mentions.find(({reference}) => reference.location === location)
    if (NullTest?.nulltesttype !== 'IS_NULL' || !mention || mention.variable.isRow) return undefined
    variables.add(mention.variable)
  }
  return variables
}

async function isOfAggregate({oid}: Routine, {db}: Looked['session']): Promise<boolean> {
  const rows = await db.query(
    `select from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid and p.prokind = 'a'
     where d.classid = 'pg_catalog.pg_proc'::regclass and d.refclassid = d.classid and d.refobjid = $1::oid limit 1`,
    [oid],
  )
  return rows.length > 0
}

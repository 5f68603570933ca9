// An expression as PostgreSQL keeps it (pg_node_tree) in; the oids of all functions, operators, types and collations that it is bound to out.

export interface Oids {
  readonly functions: ReadonlySet<number>
  readonly operators: ReadonlySet<number>
  readonly types: ReadonlySet<number>
  readonly collations: ReadonlySet<number>
  /** of nodes: `FUNCEXPR` */
  readonly nodes: ReadonlySet<string>
}

const FUNCTIONS = new Set([':funcid', ':opfuncid', ':aggfnoid', ':winfnoid', ':elemfuncid', ':hashfuncid', ':negfuncid'])
const OPERATORS = new Set([':opno'])
const TYPES =
  /^:(vartype|consttype|paramtype|funcresulttype|opresulttype|resulttype|coalescetype|casetype|array_typeid|element_typeid|row_typeid|typeId|minmaxtype|type|refcontainertype|refelemtype|refrestype)$/
const COLLATIONS = /^:(\w*collid|\w*collation|inputcollids?)$/

/** CURRENT_DATE to LOCALTIMESTAMP(n), of what needs no parentheses */
const TIMES = 8

/** Each field's name stands before its value. A name in quotes that looks like a field makes more of it, never less. */
export function oidsOf(trees: readonly string[]): Oids {
  const oids = {
    functions: new Set<number>(),
    operators: new Set<number>(),
    types: new Set<number>(),
    collations: new Set<number>(),
    nodes: new Set<string>(),
  }
  for (const tree of trees) {
    const tokens = tree.split(/[\s()]+/)
    for (const [at, token] of tokens.entries()) {
      if (token.startsWith('{')) oids.nodes.add(token.slice(1))
      if (token === '{SQLVALUEFUNCTION' && Number(tokens[at + 2]) <= TIMES) oids.nodes.add('CLOCK')
      const into = FUNCTIONS.has(token)
        ? oids.functions
        : OPERATORS.has(token)
          ? oids.operators
          : TYPES.test(token)
            ? oids.types
            : COLLATIONS.test(token)
              ? oids.collations
              : undefined
      const oid = Number.parseInt(tokens[at + 1] ?? '', 10)
      if (into && oid > 0) into.add(oid)
    }
  }
  return oids
}

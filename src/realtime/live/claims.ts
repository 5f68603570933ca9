// What a statement reaches in; which claims of a viewer its rows may depend on out: what is equal in those may be answered once.
import {parse, strings, type Tree, walk} from '../../postgres/parse.ts'
import type {Viewer} from '../model.ts'
import type {Reach} from './reach.ts'

/** `none`: whoever has the role gets the same; `lasting`: whoever has also equal claims but for those of one token; `all`: equal claims. */
export type Share = 'none' | 'lasting' | 'all'

/** They tell one token from another of the same person. */
const PASSING: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'jti'])

/** PostgreSQL's own functions that read, or write, settings; and those that run what they are given. */
const SETTINGS: ReadonlySet<string> = new Set(['current_setting', 'set_config', 'pg_show_all_settings', 'pg_settings_get_flags'])
export const RUNS =
  /^(query|table|schema|database|cursor)_to_xml(schema|_and_xmlschema)?$|^ts_(stat|rewrite)$|^pg_logical_slot_|^lo_|^loread$|^pg_read_|^pg_ls_|^pg_stat_/

/** What is declared immutable in these is so; in others people declare what they like. */
const COMPILED: ReadonlySet<string> = new Set(['c', 'internal'])

/** @param tree the statement's own */
export async function shareOf(reach: Reach, tree: unknown): Promise<Share> {
  const unknown = reach.functions.some((called) =>
    called.isBuiltIn ? RUNS.test(called.name) : !called.isOpen && !(called.volatility === 'i' && COMPILED.has(called.language)),
  )
  const readsCatalogs = reach.relations.some(({schema}) => schema === 'pg_catalog' || schema === 'information_schema')
  if (unknown || readsCatalogs) return 'all'
  const settings = reach.functions.filter(({isBuiltIn, name}) => isBuiltIn && SETTINGS.has(name))
  if (settings.length === 0) return reach.policies.length > 0 ? 'lasting' : 'none'
  if (settings.some(({name, oid}) => name !== 'current_setting' || reach.behind.has(oid))) return 'all'
  const expressions = await Promise.all(reach.policies.map((sql) => parse(`select ${sql}`)))
  return [tree, ...expressions].every(readsLasting) ? 'lasting' : 'all'
}

/** Every setting that is read is a claim by its name, written out. */
function readsLasting(tree: unknown): boolean {
  let [read, lasting] = [0, 0]
  walk(tree, (_, node) => {
    if (node.funcname && strings(node.funcname).at(-1) === 'current_setting') read++
    if (isLastingClaim(node)) lasting++
  })
  return read === lasting
}

/** `current_setting('request.jwt.claims', …)::json ->> 'sub'` */
function isLastingClaim({kind, name, lexpr, rexpr}: Tree): boolean {
  if (kind !== 'AEXPR_OP' || !/^->>?$/.test(strings(name).at(-1) ?? '')) return false
  const claim = bare(rexpr)?.A_Const?.sval?.sval
  const call = bare(lexpr)?.FuncCall
  if (typeof claim !== 'string' || PASSING.has(claim) || !call) return false
  return strings(call.funcname).at(-1) === 'current_setting' && bare(call.args?.[0])?.A_Const?.sval?.sval === 'request.jwt.claims'
}

/** Without the casts around it, and the nullif against '' that people write around a setting that may be missing. */
function bare(tree: Tree | undefined): Tree | undefined {
  if (tree?.TypeCast) return bare(tree.TypeCast.arg)
  if (tree?.A_Expr?.kind === 'AEXPR_NULLIF' && bare(tree.A_Expr.rexpr)?.A_Const) return bare(tree.A_Expr.lexpr)
  return tree
}

/** Equal for those who may be answered together. */
export function shareKey(share: Share, viewer: Viewer | undefined): string {
  if (!viewer) return ''
  if (share === 'none') return JSON.stringify([viewer.role])
  if (share === 'all') return JSON.stringify([viewer.role, viewer.key])
  const lasting = Object.entries(viewer.claims).filter(([name]) => !PASSING.has(name))
  return JSON.stringify([viewer.role, Object.fromEntries(lasting.sort(([a], [b]) => (a < b ? -1 : 1)))])
}

// A statement about a subscription in; what runs for it where nothing may connect to a publisher out.
import {strings, type Tree} from '../postgres/parse.ts'
import {quoteBody, quoteName, quoteText} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'

/** Where a publisher is, and what opens it, is a secret of each database: throwaway ones get an address that never leads anywhere. */
const NO_PUBLISHER = 'host=publisher.invalid password=unset'

/** What a subscription without a connection can't have said. */
const CONNECTED = new Set(['connect', 'enabled', 'create_slot', 'copy_data'])
/** PostgreSQL changes them at the publisher, too. */
const ASKS = new Set(['failover', 'two_phase'])
const WORDS: Record<string, string> = {
  ALTER_SUBSCRIPTION_SET_PUBLICATION: 'SET',
  ALTER_SUBSCRIPTION_ADD_PUBLICATION: 'ADD',
  ALTER_SUBSCRIPTION_DROP_PUBLICATION: 'DROP',
}

/** PGlite lacks the library that subscriptions are checked with. */
export function isAboutSubscription({kind, node}: Statement): boolean {
  return /Subscription/.test(kind) || [node.objtype, node.objectType, node.renameType].includes('OBJECT_SUBSCRIPTION')
}

/** undefined: the statement runs as it is. */
export function apart({
  kind,
  node,
}: Statement): {readonly sql: string} | {readonly skip: string} | {readonly refuse: string; readonly hint: string} | undefined {
  if (kind === 'CreateSubscriptionStmt') return {sql: create(node)}
  if (kind === 'DropSubscriptionStmt') return {sql: drop(node)}
  if (kind !== 'AlterSubscriptionStmt') return undefined
  if (node.kind === 'ALTER_SUBSCRIPTION_OPTIONS') return options(node)
  const word = WORDS[node.kind]
  if (word === undefined) {
    return {
      skip: 'ALTER SUBSCRIPTION … CONNECTION, ENABLE, DISABLE, REFRESH and SKIP were skipped: they are about what runs, not about the schema',
    }
  }
  return {sql: `ALTER SUBSCRIPTION ${quoteName(node.subname)} ${word} PUBLICATION ${names(node)} WITH (refresh = false)`}
}

function create(node: Tree): string {
  const kept = (node.options ?? []).filter(({DefElem}: Tree) => !CONNECTED.has(DefElem.defname))
  const said = kept.map(({DefElem}: Tree) => optionText(DefElem))
  const connection = `CONNECTION ${quoteText(NO_PUBLISHER)} PUBLICATION ${names(node)}`
  return `CREATE SUBSCRIPTION ${quoteName(node.subname)} ${connection} WITH (${['connect = false', ...said].join(', ')})`
}

function options(node: Tree): {readonly refuse: string; readonly hint: string} | undefined {
  const asks = (node.options ?? []).map(({DefElem}: Tree) => DefElem.defname).filter((name: string) => ASKS.has(name))
  if (asks.length === 0) return undefined
  return {
    refuse: `ALTER SUBSCRIPTION … SET (${asks[0]}) connects to the publisher, which pgext never does`,
    hint: 'write the option in CREATE SUBSCRIPTION, and change it by hand where the subscription is',
  }
}

/** Its slot is the publisher's, and stays there. */
function drop({subname, missing_ok}: Tree): string {
  const name = quoteName(subname)
  const both = `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name}`
  if (!missing_ok) return both
  const there = `select from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
    where d.datname = pg_catalog.current_database() and s.subname = ${quoteText(subname)}`
  return `DO ${quoteBody(`begin if exists (${there}) then ${both}; end if; end`, 'do')}`
}

function names(node: Tree): string {
  return strings(node.publication).map(quoteName).join(', ')
}

/** Every option reads a string as it would read the word. */
function optionText({defname, arg}: Tree): string {
  if (!arg) return quoteName(defname)
  const text =
    arg.String?.sval ?? arg.Integer?.ival ?? arg.Boolean?.boolval ?? arg.Float?.fval ?? strings(arg.TypeName?.names).at(-1)
  return `${quoteName(defname)} = ${quoteText(String(text ?? ''))}`
}

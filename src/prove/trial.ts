// A session in, functions of that session alone that try SQL and tell the error instead of raising it.
import type {Db} from '../postgres/db.ts'
import {quoteBody} from '../postgres/quote.ts'

/** How many statements travel together: each script is one transaction, whose locks must fit the lock table. */
const AT_ONCE = 60

const INSTALL = `
  create or replace function pg_temp.pgext_cast(v text, t text) returns text language plpgsql as $body$
    declare found text;
    begin
      execute 'select (' || pg_catalog.quote_literal(v) || '::' || t || ')::text' into found;
      return found;
    exception when others then return null;
    end $body$;
  create or replace function pg_temp.pgext_try(statement text) returns json language plpgsql as $body$
    declare found json; said text; rule text; col text;
    begin
      execute statement into found;
      return pg_catalog.json_build_object('rows', found);
    exception when others then
      get stacked diagnostics said = message_text, rule = constraint_name, col = column_name;
      return pg_catalog.json_build_object('code', sqlstate, 'message', said, 'rule', rule, 'column', col);
    end $body$`

const REMOVE = 'drop function if exists pg_temp.pgext_cast(text, text); drop function if exists pg_temp.pgext_try(text)'

export interface Tried<T> {
  readonly rows?: T
  readonly code?: string
  readonly message?: string
  /** the constraint it broke */
  readonly rule?: string
  readonly column?: string
}

export interface Trial {
  /** what PostgreSQL makes of each text when cast to that type; null where it can't */
  cast(wanted: readonly {readonly text: string; readonly type: string}[]): Promise<(string | null)[]>
  /** statements that give one JSON value each */
  attempt<T>(statements: readonly string[]): Promise<Tried<T>[]>
  end(): Promise<void>
}

export async function openTrial(db: Db): Promise<Trial> {
  await db.script(INSTALL)
  return {
    async cast(wanted) {
      if (wanted.length === 0) return []
      const sql = `select json_agg(pg_temp.pgext_cast(w ->> 0, w ->> 1) order by n)::text as found from json_array_elements($1::text::json) with ordinality x (w, n)`
      return JSON.parse((await db.query(sql, [JSON.stringify(wanted.map(({text, type}) => [text, type]))]))[0]!.found)
    },
    async attempt(statements) {
      const found: Tried<any>[] = []
      for (let at = 0; at < statements.length; at += AT_ONCE) {
        const calls = statements
          .slice(at, at + AT_ONCE)
          .map((statement) => `select pg_temp.pgext_try(${quoteBody(statement, 'try')})::text as tried`)
        found.push(...(await db.script(calls.join(';\n'))).map((rows) => JSON.parse(rows[0]!.tried)))
      }
      return found
    },
    async end() {
      await db.script(REMOVE)
    },
  }
}

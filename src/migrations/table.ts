// The name of a table of pgext's own in; the question whether it is there, and the schema that it stands in, out.
import {quoteText} from '../postgres/quote.ts'

/** Asks for `there` and `schema`; to_regclass fails for a role that may not look into the schema. */
export const askForTable = (name: string): string => `
  select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'pgext' and c.relname = ${quoteText(name)}) as there,
    exists (select from pg_catalog.pg_namespace where nspname = 'pgext') as schema`

// The start of an ALTER and a tablespace in; the statement that brings what it is about there out.
import {quoteBody, quoteName} from '../../postgres/quote.ts'

/** @param alter `ALTER INDEX public.a` @param tablespace undefined: the database's own */
export function setTablespace(alter: string, tablespace: string | undefined): string {
  if (tablespace !== undefined) return `${alter} SET TABLESPACE ${quoteName(tablespace)}`
  // the database's own need not be pg_default, and may be another wherever the migration runs
  const text = `${alter.replaceAll('%', '%%')} SET TABLESPACE %I`
  const call = `EXECUTE pg_catalog.format(${quoteBody(text, 'sql')}, (${OWN}));`
  return `DO ${quoteBody(`BEGIN ${call} END`, 'do')}`
}

const OWN =
  'SELECT t.spcname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = pg_catalog.current_database()'

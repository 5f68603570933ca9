// What a session that captures or reads changes has set, whichever engine it serves: texts of values depend on each of them.

/** By name, as parameters of a connection; the queue's trigger functions have the same (templates/pg_events). */
export const SESSION: Readonly<Record<string, string>> = {
  search_path: '',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  intervalstyle: 'iso_8601',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  client_encoding: 'UTF8',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
}

// Nothing in, the question out whose answer a server tells each client at the start.
import {quoteText} from '../../postgres/quote.ts'

const NAMES = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'application_name',
  'default_transaction_read_only',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
  'scram_iterations',
  'search_path',
  'is_superuser',
  'session_authorization',
  'in_hot_standby',
]

export const REPORTS = `select name, pg_catalog.current_setting(name)
  from pg_catalog.unnest(array[${NAMES.map(quoteText).join(', ')}]) name`

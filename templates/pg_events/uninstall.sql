-- Everything that the other files made; run when sync_events has taken its triggers off users' tables.

DROP VIEW IF EXISTS pgext.event;
DROP TABLE IF EXISTS pgext.event_0, pgext.event_1, pgext.event_2, pgext.consumer, pgext.shape, pgext.realtime;
DROP SEQUENCE IF EXISTS pgext.event_id;
DROP FUNCTION IF EXISTS pgext.emit(text, jsonb), pgext.settle_events(), pgext.empty_events(interval), pgext.events_of(xid8[], bigint, bigint),
  pgext.transactions_since(pg_snapshot), pgext.is_gone(pg_snapshot), pgext.log_written(), pgext.sync_events(boolean), pgext.cover_partitions(), pgext.needs_old_rows(oid),
  pgext.publication_statements(text), pgext.trigger_statements(text), pgext.wanted_triggers(text), pgext.realtime_tables(),
  pgext.pairs_by_key(oid, oid), pgext.capture_body(oid, oid, text, text, bigint), pgext.capture_statement(oid, oid, text, text, bigint), pgext.capture_restored(oid, text, text),
  pgext.as_text(record), pgext.text_settings(oid[]), pgext.shape_text(oid, oid),
  pgext.shape_hash(oid, oid), pgext.describe_table(oid, oid), pgext.columns_of(oid), pgext.place();
DROP TABLE IF EXISTS pgext.events;

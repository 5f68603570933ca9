-- All of it is its owner's alone; who may send messages is granted by name.

REVOKE ALL ON pgext.events, pgext.realtime, pgext.shape, pgext.consumer, pgext.event_0, pgext.event_1, pgext.event_2, pgext.event FROM PUBLIC;
REVOKE ALL ON SEQUENCE pgext.event_id FROM PUBLIC;
REVOKE ALL ON FUNCTION pgext.place(), pgext.columns_of(oid), pgext.describe_table(oid, oid), pgext.shape_hash(oid, oid), pgext.shape_text(oid, oid),
  pgext.text_settings(oid[]), pgext.as_text(record),
  pgext.capture_body(oid, oid, text, text, bigint), pgext.capture_statement(oid, oid, text, text, bigint), pgext.capture_restored(oid, text, text), pgext.pairs_by_key(oid, oid), pgext.realtime_tables(),
  pgext.wanted_triggers(text), pgext.trigger_statements(text), pgext.publication_statements(text), pgext.needs_old_rows(oid),
  pgext.sync_events(boolean), pgext.cover_partitions(), pgext.is_gone(pg_snapshot), pgext.log_written(), pgext.transactions_since(pg_snapshot), pgext.events_of(xid8[], bigint, bigint), pgext.empty_events(interval), pgext.settle_events(), pgext.emit(text, jsonb) FROM PUBLIC;

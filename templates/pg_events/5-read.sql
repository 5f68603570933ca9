-- Reading and emptying the queue.

-- Whether something that a reader has not seen was thrown away by now: `seen` is the snapshot up to which it read. Volatile, as a snapshot that
-- is older than a TRUNCATE finds nothing in the table, and nothing of it here.
CREATE OR REPLACE FUNCTION pgext.is_gone(seen pg_snapshot) RETURNS boolean LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.emptied IS NOT NULL AND e.floor >= pg_snapshot_xmin(seen) AND (e.floor >= pg_snapshot_xmax(seen)
    OR EXISTS (SELECT FROM pg_snapshot_xip(seen) x WHERE x <= e.floor AND pg_visible_in_snapshot(x, e.emptied)))
  FROM pgext.events e
$$;

-- How many bytes of the log were written, and how many of those are on disk; null where a host does not say (some do with wal_level = logical alone).
CREATE OR REPLACE FUNCTION pgext.log_written(OUT written numeric, OUT flushed numeric) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  written := pg_current_wal_insert_lsn() - '0/0';
  flushed := pg_current_wal_flush_lsn() - '0/0';
EXCEPTION WHEN object_not_in_prerequisite_state OR feature_not_supported OR insufficient_privilege OR undefined_function THEN
  written := NULL;
END $$;

-- Transactions whose changes a reader who has seen `seen` has not: those that were running then, and those that began since. Nothing else
-- is looked at, however old the oldest of them. `committed` is when the newest of its events was written where the server keeps no times of commits. A plan made for an empty table would read a full one from its beginning.
CREATE OR REPLACE FUNCTION pgext.transactions_since(seen pg_snapshot) RETURNS TABLE (xid xid8, last bigint, events bigint, depth smallint, committed timestamptz) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
  SELECT e.xid, max(e.id), count(*), max(e.depth),
    CASE WHEN current_setting('track_commit_timestamp')::boolean THEN coalesce(pg_xact_commit_timestamp(e.xid::xid), max(e.written)) ELSE max(e.written) END FROM (
    SELECT n.xid, n.id, n.depth, n.written FROM pgext.event n WHERE n.xid >= pg_snapshot_xmax(seen)
    UNION ALL SELECT o.xid, o.id, o.depth, o.written FROM pgext.event o WHERE o.xid = ANY (ARRAY(SELECT pg_snapshot_xip(seen)))) e
  GROUP BY e.xid ORDER BY max(e.id)
$$;

-- What those transactions changed, each from an id on: so many rows at most, and no more after 16 MB of text.
CREATE OR REPLACE FUNCTION pgext.events_of(transactions xid8[], after bigint, most bigint) RETURNS TABLE (xid xid8, id bigint, written timestamptz, shape bigint,
  relid oid, depth smallint, op "char", described text, old text, new text) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
  SELECT e.xid, e.id, e.written, e.shape, e.relid, e.depth, e.op, e.described, e.old, e.new FROM (
    SELECT r.*, sum(coalesce(octet_length(r.old), 0) + coalesce(octet_length(r.new), 0)) OVER (ORDER BY r.xid, r.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM (SELECT q.* FROM pgext.event q WHERE q.xid = ANY (transactions) AND q.id > after ORDER BY q.xid, q.id LIMIT most) r) e
  WHERE coalesce(e.before, 0) < 16777216 ORDER BY e.xid, e.id
$$;

-- Empties the one of the three tables that is written to next, when all in it is older than a period and seen by every consumer that read
-- within `patience`. Only where nobody is in the way: an open transaction that wrote to it, a reader. True when it was emptied.
CREATE OR REPLACE FUNCTION pgext.empty_events(patience interval DEFAULT '1 day') RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET lock_timeout = '50ms' SET enable_seqscan = off AS $$
DECLARE
  state pgext.events := (SELECT e FROM pgext.events e);
  next text := format('pgext.event_%s', (extract(epoch FROM clock_timestamp())::bigint / state.period + 1) % 3);
  newest xid8;
  looked pg_snapshot;
  is_due boolean;
BEGIN
  -- all that takes time is asked while nobody has to wait. 14 has no max(xid8)
  EXECUTE format('SELECT xid FROM %s ORDER BY xid DESC LIMIT 1', next) INTO newest;
  IF newest IS NULL OR EXISTS (SELECT FROM pgext.consumer c WHERE c.engine = 'queue' AND c.seen IS NOT NULL
    AND c.seen_at > clock_timestamp() - patience AND newest >= pg_snapshot_xmin(c.seen)) THEN RETURN false; END IF;
  EXECUTE format('SELECT max(written) < clock_timestamp() - make_interval(secs => $1), pg_current_snapshot() FROM %s', next) INTO is_due, looked USING state.period;
  IF is_due IS NOT TRUE THEN RETURN false; END IF;
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', next);
  -- committed between the two, or acknowledged by nobody yet
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s WHERE xid >= pg_snapshot_xmin($1) AND NOT pg_visible_in_snapshot(xid, $1))', next) INTO is_due USING looked;
  IF NOT is_due THEN RETURN false; END IF;
  EXECUTE format('TRUNCATE %s', next);
  UPDATE pgext.events SET floor = greatest(floor, newest), emptied = pg_current_snapshot();
  RETURN true;
EXCEPTION WHEN lock_not_available THEN
  RETURN false;
END $$;

-- A new life where what is kept was brought here from elsewhere (a restore, an upgrade, a failover): its transactions' ids mean nothing here.
CREATE OR REPLACE FUNCTION pgext.settle_events() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pgext.events WHERE place <> pgext.place()) THEN RETURN false; END IF;
  LOCK TABLE pgext.event_0, pgext.event_1, pgext.event_2 IN ACCESS EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM pgext.events WHERE place <> pgext.place()) THEN RETURN false; END IF;
  TRUNCATE pgext.event_0, pgext.event_1, pgext.event_2;
  UPDATE pgext.events SET incarnation = gen_random_uuid(), place = pgext.place(), floor = '0', emptied = NULL;
  -- capturing functions know tables by their oids, which are others where all was restored from a dump
  PERFORM pgext.sync_events();
  RETURN true;
END $$;

-- Sends a message with the transaction, if that commits: of any size, and without the lock that NOTIFY takes.
CREATE OR REPLACE FUNCTION pgext.emit(channel text, payload jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF channel IS NULL OR payload IS NULL THEN
    RAISE EXCEPTION 'a message needs a channel and a payload' USING ERRCODE = 'null_value_not_allowed', HINT = 'The payload of an empty one is ''null''::jsonb.';
  END IF;
  IF (SELECT engine FROM pgext.events) = 'wal' THEN
    PERFORM pg_logical_emit_message(true, 'pgext' || (SELECT mark FROM pgext.events) || ':' || channel, payload::text);
    -- decoding puts a message where its record ends, which is where the next one begins: a change there, in another savepoint, could come first
    PERFORM pg_logical_emit_message(false, 'pgext', '');
  ELSE
    CASE extract(epoch FROM clock_timestamp())::bigint / (SELECT period FROM pgext.events) % 3
      WHEN 0 THEN INSERT INTO pgext.event_0 (relid, op, old, new) VALUES (0, 'M', channel, payload::text);
      WHEN 1 THEN INSERT INTO pgext.event_1 (relid, op, old, new) VALUES (0, 'M', channel, payload::text);
      ELSE INSERT INTO pgext.event_2 (relid, op, old, new) VALUES (0, 'M', channel, payload::text);
    END CASE;
  END IF;
END $$;
COMMENT ON FUNCTION pgext.emit(text, jsonb) IS 'sends a message to a channel when the transaction commits; grant EXECUTE, and USAGE on schema pgext, to those who may';

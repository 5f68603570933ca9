-- What pg_events keeps, all of it in schema pgext, which is there before this is run. Nothing in it is for anybody but its owner.

CREATE TABLE pgext.events (
  -- a key, so that a publication of all tables, whoever made it, lets this one be updated
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version text NOT NULL,
  engine text NOT NULL DEFAULT 'queue' CHECK (engine IN ('queue', 'wal', 'none')),
  -- one life of what is kept here: tokens of another one lead nowhere
  incarnation uuid NOT NULL DEFAULT gen_random_uuid(),
  -- the place it lives in: another one after a restore, an upgrade or a failover
  place text NOT NULL,
  -- in the prefix of messages in the WAL, which everybody may write to: nobody else's pass for those of pg_events
  mark text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 16),
  -- seconds that one of the three tables of the queue is written to before the next one is
  period integer NOT NULL DEFAULT 300 CHECK (period > 0),
  -- the newest transaction whose changes were thrown away, and what was seen when they were
  floor xid8 NOT NULL DEFAULT '0',
  emptied pg_snapshot
);
COMMENT ON TABLE pgext.events IS 'how changes of realtime tables are captured; one row';

CREATE TABLE pgext.realtime (
  -- a dump holds its name: restored, the table has another oid
  relid regclass PRIMARY KEY,
  -- what its REPLICA IDENTITY was before pg_events set it; null where it did not
  identity "char"
);
COMMENT ON TABLE pgext.realtime IS 'tables whose REPLICA IDENTITY pg_events has set';

CREATE TABLE pgext.shape (
  hash bigint NOT NULL,
  shape text NOT NULL
);
CREATE INDEX ON pgext.shape (hash);
COMMENT ON TABLE pgext.shape IS 'tables as they were when changes of theirs were captured';

CREATE TABLE pgext.consumer (
  name text PRIMARY KEY,
  engine text NOT NULL DEFAULT 'wal',
  incarnation uuid NOT NULL DEFAULT gen_random_uuid(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- of the queue: how far it has read, and the snapshot that says what it has seen
  token text,
  seen pg_snapshot,
  -- of the WAL: where its slot stands, and the position acknowledged, which a slot itself writes to disk late
  system text NOT NULL DEFAULT '',
  lsn pg_lsn,
  messages integer NOT NULL DEFAULT 0,
  gone boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE pgext.consumer IS 'named readers of changes, and how far they have read';

CREATE SEQUENCE pgext.event_id;

-- Written to by turns, read together, emptied by TRUNCATE. Of an event 'M' (a message) old is the channel and new the payload.
CREATE TABLE pgext.event_0 (
  id bigint NOT NULL DEFAULT nextval('pgext.event_id'),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  written timestamptz NOT NULL DEFAULT statement_timestamp(),
  shape bigint,
  relid oid NOT NULL,
  -- how deep in triggers: what an AFTER ROW trigger does to a row is captured before what fired it
  depth smallint NOT NULL DEFAULT pg_trigger_depth(),
  op "char" NOT NULL,
  -- the shape itself, where it was recorded nowhere when the statement was planned
  described text,
  old text,
  new text
);
CREATE TABLE pgext.event_1 (LIKE pgext.event_0 INCLUDING DEFAULTS);
CREATE TABLE pgext.event_2 (LIKE pgext.event_0 INCLUDING DEFAULTS);
CREATE INDEX ON pgext.event_0 (xid, id);
CREATE INDEX ON pgext.event_1 (xid, id);
CREATE INDEX ON pgext.event_2 (xid, id);
ALTER TABLE pgext.event_0 SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE pgext.event_1 SET (autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE pgext.event_2 SET (autovacuum_vacuum_insert_threshold = -1);

CREATE VIEW pgext.event AS
  SELECT 0 AS part, e.* FROM pgext.event_0 e
  UNION ALL SELECT 1, e.* FROM pgext.event_1 e
  UNION ALL SELECT 2, e.* FROM pgext.event_2 e;

-- Which system this is, and which of its histories: pg_control_* are missing where a host hides them.
CREATE OR REPLACE FUNCTION pgext.place() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT s.system_identifier || '.' || c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c)
    || '.' || (SELECT oid FROM pg_database WHERE datname = current_database());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported OR object_not_in_prerequisite_state THEN
  RETURN (SELECT oid FROM pg_database WHERE datname = current_database())::text;
END $$;

INSERT INTO pgext.events (version, place) VALUES ('1.1', pgext.place());

-- Made in 5-read.sql; here first, so that what is granted of it outlives an upgrade, and what default privileges grant does not.
CREATE FUNCTION pgext.emit(channel text, payload jsonb) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS 'BEGIN END';

DO $$
DECLARE
  r record;
BEGIN
  FOR r IN
    SELECT format('%s %s', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass) AS what, c.relacl AS acl, c.relowner AS owner
    FROM pg_class c WHERE c.relnamespace = 'pgext'::regnamespace AND c.relname IN ('events', 'realtime', 'shape', 'consumer', 'event_id', 'event_0', 'event_1', 'event_2', 'event')
    UNION ALL SELECT format('FUNCTION %s', p.oid::regprocedure), p.proacl, p.proowner FROM pg_proc p WHERE p.oid = 'pgext.emit(text, jsonb)'::regprocedure
  LOOP
    EXECUTE coalesce((SELECT format('REVOKE ALL ON %s FROM ', r.what) || string_agg(DISTINCT a.grantee::regrole::text, ', ') FROM aclexplode(r.acl) a
      WHERE a.grantee NOT IN (0, r.owner)), 'SELECT');
  END LOOP;
END $$;

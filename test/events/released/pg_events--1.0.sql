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
  relid oid PRIMARY KEY,
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
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
  RETURN (SELECT oid FROM pg_database WHERE datname = current_database())::text;
END $$;

INSERT INTO pgext.events (version, place) VALUES ('1.0', pgext.place());
-- A table's columns as they are now, as text. Not from pg_attribute, which an older snapshot shows as it was: what the parser makes
-- of (NULL::name).* is what the next row has. Marked immutable so that a cached plan holds its answer; a plan that reads
-- a transition table is thrown away whenever that table changes, and its answer with it.

CREATE OR REPLACE FUNCTION pgext.describe_table(relation oid, root oid) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text[] := pgext.columns_of(relation);
  of_root text[] := CASE WHEN root = relation THEN names ELSE pgext.columns_of(root) END;
  types int8[];
  keys text[];
  name text[] := parse_ident(root::regclass::text);
  -- a place in a row's text they have, but no value
  virtual text[] := ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = relation AND a.attgenerated = 'v');
  index oid := pg_get_replica_identity_index(relation);
BEGIN
  IF names IS NULL OR of_root IS NULL THEN RETURN NULL; END IF;
  IF index IS NULL THEN
    index := (SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary);
  END IF;
  keys := ARRAY(SELECT a.attname FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(number, at), pg_attribute a
    WHERE i.indexrelid = index AND k.at <= i.indnkeyatts AND a.attrelid = i.indrelid AND a.attnum = k.number);
  IF cardinality(names) > 0 THEN
    EXECUTE format('SELECT ARRAY[%s] FROM (SELECT (NULL::%s).*) r',
      (SELECT string_agg(format('pg_typeof(r.%I)::oid::int8', n), ', ' ORDER BY at) FROM unnest(names) WITH ORDINALITY c(n, at)), relation::regclass)
      INTO types;
  END IF;
  RETURN json_build_object('relid', root::int8, 'schema', name[1], 'table', name[2], 'columns',
    (SELECT coalesce(json_agg(json_build_array(n, types[at], n = ANY (keys), CASE WHEN n <> ALL (virtual) THEN array_position(of_root, n) END) ORDER BY at), '[]')
      FROM unnest(names) WITH ORDINALITY l(n, at)))::text;
END $$;

-- The columns of a table, in order; null if there is no such table.
CREATE OR REPLACE FUNCTION pgext.columns_of(relation oid) RETURNS text[] LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE names text[];
BEGIN
  -- no such table: regclass prints the number, which no name is printed as
  IF relation::regclass::text ~ '^[0-9]+$' THEN RETURN NULL; END IF;
  EXECUTE format('SELECT ARRAY(SELECT json_object_keys(row_to_json(r.*))) FROM (SELECT (NULL::%s).*) r', relation::regclass) INTO names;
  RETURN names;
END $$;

CREATE OR REPLACE FUNCTION pgext.shape_hash(relation oid, root oid) RETURNS bigint LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT hashtextextended(pgext.describe_table(relation, root), 0)
$$;

-- The shape itself, unless it is recorded.
CREATE OR REPLACE FUNCTION pgext.shape_text(relation oid, root oid) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT d FROM pgext.describe_table(relation, root) d WHERE NOT EXISTS (SELECT FROM pgext.shape s WHERE s.hash = hashtextextended(d, 0))
$$;
-- What a table needs to be captured by the queue: functions of its own, a trigger for each. In a writer's transaction nothing happens but
-- one INSERT a statement.

-- The table that is written to now is told by the clock: which one it is matters to nobody, as all are read together, and none is emptied
-- while somebody has written to it.
CREATE OR REPLACE FUNCTION pgext.insert_by_turns(columns text, chosen text) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format(E'CASE extract(epoch FROM clock_timestamp())::bigint / %s %% 3\n', (SELECT period FROM pgext.events))
    || format(E'WHEN 0 THEN INSERT INTO pgext.event_0 (%s) %s;\n', columns, chosen)
    || format(E'WHEN 1 THEN INSERT INTO pgext.event_1 (%s) %s;\n', columns, chosen)
    || format(E'ELSE INSERT INTO pgext.event_2 (%s) %s;\nEND CASE;\n', columns, chosen)
$$;

-- The body of a capturing function. Rows are written as their text in parentheses, each value as PostgreSQL prints it: JSON would
-- change some. (n.*)::text is the row even where a column is named n.
CREATE OR REPLACE FUNCTION pgext.capture_body(relation oid, root oid, verb text, how text) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  columns text := 'relid, shape, described, op, old, new';
  -- literals, so that a plan holds the answers; a plan that reads no transition table would not notice when the table changes
  shape text := CASE WHEN how = 'row' OR verb = 'truncate'
    THEN format('%s, pgext.shape_hash(TG_RELID, %s), pgext.shape_text(TG_RELID, %2$s)', relation, root)
    ELSE format('%s, pgext.shape_hash(%1$s, %s), pgext.shape_text(%1$s, %2$s)', relation, root) END;
  positions text := pgext.insert_by_turns(columns, format(
    'SELECT %s, ''U''::"char", o.old, n.new FROM (SELECT row_number() OVER () AS at, (o.*)::text AS old FROM old_rows o) o
    FULL JOIN (SELECT row_number() OVER () AS at, (n.*)::text AS new FROM new_rows n) n ON n.at = o.at', shape));
  -- no plan of a partition's own knows when its root is renamed: the function is made anew then
  about text := CASE WHEN root = relation THEN '' ELSE format(E'-- %s\n', replace(root::regclass::text, E'\n', ' ')) END;
BEGIN
  RETURN about || E'BEGIN\n' || CASE
    WHEN verb = 'truncate' THEN pgext.insert_by_turns('relid, shape, described, op, old', format('SELECT %s, ''T''::"char", %s', shape,
      CASE WHEN root = relation THEN 'NULL' ELSE 'TG_RELID::regclass::text' END))
    WHEN how = 'row' THEN pgext.insert_by_turns(columns, format('SELECT %s, %L::"char", %s', shape, upper(left(verb, 1)),
      CASE verb WHEN 'insert' THEN 'NULL, NEW::text' WHEN 'delete' THEN 'OLD::text, NULL' ELSE 'OLD::text, NEW::text' END))
    WHEN verb = 'insert' THEN pgext.insert_by_turns(columns, format('SELECT %s, ''I''::"char", NULL, (n.*)::text FROM new_rows n', shape))
    WHEN verb = 'delete' THEN pgext.insert_by_turns(columns, format('SELECT %s, ''D''::"char", (o.*)::text, NULL FROM old_rows o', shape))
    WHEN how = 'partitioned' THEN E'IF (SELECT count(*) FROM old_rows) = (SELECT count(*) FROM new_rows) THEN\n' || positions
      || format(E'ELSE\nEXECUTE pgext.pairs_by_key(%s, %s);\nEND IF;\n', relation, root)
    ELSE positions
  END || E'RETURN NULL;\nEND';
END $$;

-- Both transition tables of an UPDATE are filled together, so that positions pair them; but a row that moves to another partition may be
-- swallowed there by a BEFORE trigger. Then keys pair them, and what has no pair was deleted, or inserted.
CREATE OR REPLACE FUNCTION pgext.pairs_by_key(relation oid, root oid) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('INSERT INTO pgext.event_%s (relid, shape, described, op, old, new)
    SELECT %s, pgext.shape_hash(%2$s, %s), pgext.shape_text(%2$s, %3$s),
      (CASE WHEN NOT p.has_new THEN ''D'' WHEN NOT p.has_old THEN ''I'' ELSE ''U'' END)::"char", p.old, p.new
    FROM (SELECT (o.*)::text AS old, (n.*)::text AS new, o.* IS DISTINCT FROM NULL AS has_old, n.* IS DISTINCT FROM NULL AS has_new
      FROM old_rows o FULL JOIN new_rows n ON %s) p',
    extract(epoch FROM clock_timestamp())::bigint / (SELECT period FROM pgext.events) % 3, relation, root,
    coalesce((SELECT string_agg(format('o.%1$I = n.%1$I', k.v->>0), ' AND ') FROM json_array_elements(
      pgext.describe_table(relation, root)::json->'columns') k(v) WHERE (k.v->>2)::boolean), 'false'))
$$;
-- What publication pg_events declares, and everything that follows from it made right.

-- Every table whose changes are captured, and whose name they carry: its topmost ancestor that is declared. `family` marks tables that
-- others inherit from, or that inherit: a statement on the parent reaches rows of the children.
CREATE OR REPLACE FUNCTION pgext.realtime_tables() RETURNS TABLE (relation oid, root oid, kind "char", family boolean) LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  declared oid[];
BEGIN
  SELECT array_agg(c.oid) INTO declared FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND s.nspname NOT IN ('pgext', 'information_schema') AND s.nspname !~ '^pg_'
      AND (EXISTS (SELECT FROM pg_publication p WHERE p.pubname = 'pg_events' AND p.puballtables)
        OR EXISTS (SELECT FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid WHERE p.pubname = 'pg_events' AND r.prrelid = c.oid));
  IF current_setting('server_version_num')::int >= 150000 THEN
    EXECUTE $schemas$ SELECT $1 || array_agg(c.oid) FROM pg_class c
      JOIN pg_publication_namespace n ON n.pnnspid = c.relnamespace JOIN pg_publication p ON p.oid = n.pnpubid AND p.pubname = 'pg_events'
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.relnamespace <> 'pgext'::regnamespace $schemas$ INTO declared USING declared;
  END IF;
  RETURN QUERY
    WITH RECURSIVE tree AS (
      SELECT d AS relation, d AS root, 0 AS depth FROM unnest(declared) d
      UNION
      SELECT i.inhrelid, t.root, t.depth + 1 FROM tree t JOIN pg_inherits i ON i.inhparent = t.relation JOIN pg_class c ON c.oid = i.inhrelid
      WHERE c.relispartition
    )
    SELECT DISTINCT ON (t.relation) t.relation, t.root, c.relkind,
      EXISTS (SELECT FROM pg_inherits i WHERE NOT c.relispartition AND c.relkind = 'r' AND (i.inhparent = c.oid OR i.inhrelid = c.oid))
    FROM tree t JOIN pg_class c ON c.oid = t.relation WHERE c.relkind IN ('r', 'p')
    ORDER BY t.relation, t.depth DESC;
END $$;
COMMENT ON FUNCTION pgext.realtime_tables() IS 'tables that publication pg_events declares, with their partitions';

-- Triggers of the queue on every table; of the WAL engine on partitions alone, whose TRUNCATE PostgreSQL publishes under no root's name.
CREATE OR REPLACE FUNCTION pgext.wanted_triggers(engine text) RETURNS TABLE (relation oid, name name, function name, definition text, body text) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.relation, ('pgext_' || v.verb)::name, format('capture_%s_%s%s', t.relation, v.verb, CASE WHEN h.how = 'row' THEN '_row' ELSE '' END)::name,
    format('AFTER %s ON %s %sFOR EACH %s', upper(v.verb), t.relation::regclass, CASE WHEN h.how = 'row' THEN '' ELSE v.tables END,
      CASE WHEN h.how = 'row' AND v.verb <> 'truncate' THEN 'ROW' ELSE 'STATEMENT' END),
    pgext.capture_body(t.relation, t.root, v.verb, h.how)
  FROM pgext.realtime_tables() t,
    (VALUES ('insert', 'REFERENCING NEW TABLE AS new_rows '), ('update', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '),
      ('delete', 'REFERENCING OLD TABLE AS old_rows '), ('truncate', '')) v(verb, tables),
    LATERAL (SELECT CASE WHEN t.family THEN 'row' WHEN t.kind = 'p' THEN 'partitioned' ELSE 'plain' END AS how) h
  WHERE engine = 'queue'
  UNION ALL
  SELECT t.relation, 'pgext_truncate', format('capture_%s_truncate', t.relation)::name, format('AFTER TRUNCATE ON %s FOR EACH STATEMENT', t.relation::regclass),
    format(E'BEGIN\nPERFORM pg_logical_emit_message(true, ''pgext'' || (SELECT mark FROM pgext.events) || ''.truncate'', json_build_object(''relid'', TG_RELID::int8, ''schema'', TG_TABLE_SCHEMA,
''table'', TG_TABLE_NAME, ''root'', %s)::text);\nPERFORM pg_logical_emit_message(false, ''pgext'', '''');\nRETURN NULL;\nEND', t.root)
  FROM pgext.realtime_tables() t WHERE engine = 'wal' AND t.relation <> t.root
$$;

-- Statements that make triggers and their functions what they should be, in order.
CREATE OR REPLACE FUNCTION pgext.trigger_statements(engine text) RETURNS SETOF text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH wanted AS MATERIALIZED (SELECT w.*, w.relation::regclass::text AS on_table FROM pgext.wanted_triggers(engine) w),
  member AS (SELECT 'DEPENDS ON EXTENSION pg_events' AS clause, ARRAY(SELECT d.objid FROM pg_depend d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid AND d.deptype = 'x') AS dependents FROM pg_extension x WHERE extname = 'pg_events'),
  made AS (SELECT w.*, f.oid AS made_function, f.prosrc IS NOT DISTINCT FROM w.body AS is_made, t.oid AS made_trigger, t.tgenabled
    FROM wanted w LEFT JOIN pg_proc f ON f.pronamespace = 'pgext'::regnamespace AND f.proname = w.function
    LEFT JOIN pg_trigger t ON t.tgrelid = w.relation AND t.tgname = w.name AND t.tgfoid = f.oid)
  SELECT statement FROM (
    SELECT 1 AS phase, t.tgrelid::regclass::text AS on_table, t.tgname AS name, 1 AS step, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) AS statement
    FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
    WHERE f.pronamespace = 'pgext'::regnamespace AND NOT t.tgisinternal
      AND NOT EXISTS (SELECT FROM wanted w WHERE w.relation = t.tgrelid AND w.name = t.tgname AND w.function = f.proname)
    UNION ALL
    SELECT 2, m.on_table, m.name, v.step, v.statement FROM made m LEFT JOIN member e ON true, LATERAL (VALUES
      (1, CASE WHEN NOT m.is_made THEN format('CREATE OR REPLACE FUNCTION pgext.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET timezone = ''UTC'' SET datestyle = ''ISO, YMD'' SET intervalstyle = ''iso_8601''
  SET extra_float_digits = 1 SET bytea_output = ''hex'' SET lc_monetary = ''C'' AS %L', m.function, m.body) END),
      (2, CASE WHEN m.made_function IS NULL THEN format('REVOKE ALL ON FUNCTION pgext.%I() FROM PUBLIC', m.function) END),
      -- CREATE OR REPLACE forgets it
      (3, CASE WHEN NOT m.is_made OR m.made_function <> ALL (e.dependents) THEN format('ALTER FUNCTION pgext.%I() ', m.function) || e.clause END),
      (4, CASE WHEN m.made_trigger IS NULL THEN format('CREATE TRIGGER %I %s EXECUTE FUNCTION pgext.%I()', m.name, m.definition, m.function) END),
      (5, CASE WHEN m.made_trigger IS NULL OR m.made_trigger <> ALL (e.dependents) THEN format('ALTER TRIGGER %I ON %s ', m.name, m.on_table) || e.clause END),
      (6, CASE WHEN m.tgenabled IS DISTINCT FROM 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', m.on_table, m.name) END)) v(step, statement)
    UNION ALL
    SELECT 3, '', f.proname, 1, format('DROP FUNCTION pgext.%I()', f.proname) FROM pg_proc f
    WHERE f.pronamespace = 'pgext'::regnamespace AND f.proname LIKE 'capture\_%' AND f.prorettype = 'trigger'::regtype
      AND NOT EXISTS (SELECT FROM wanted w WHERE w.function = f.proname)) s
  WHERE statement IS NOT NULL ORDER BY phase, on_table COLLATE "C", name, step
$$;

-- The WAL engine streams a publication of its own, with all columns and rows. PostgreSQL refuses to update and delete what a publication
-- can't name, so that tables without any key get REPLICA IDENTITY FULL; what it was before is kept, and comes back.
CREATE OR REPLACE FUNCTION pgext.publication_statements(engine text) RETURNS SETOF text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  published oid := (SELECT p.oid FROM pg_publication p WHERE p.pubname = 'pgext');
  version int := current_setting('server_version_num');
  wanted oid[] := ARRAY(SELECT DISTINCT t.root FROM pgext.realtime_tables() t WHERE engine = 'wal');
  r record;
BEGIN
  FOR r IN
    SELECT c.oid::regclass AS name, c.relreplident AS identity, d.identity AS before, t.relation IS NOT NULL AND engine = 'wal' AS is_wanted,
      pg_get_replica_identity_index(c.oid) IS NULL OR pgext.needs_old_rows(t.root) AS needs_full
    FROM pg_class c LEFT JOIN pgext.realtime_tables() t ON t.relation = c.oid LEFT JOIN pgext.realtime d ON d.relid = c.oid
    WHERE t.relation IS NOT NULL OR d.relid IS NOT NULL ORDER BY 1
  LOOP
    -- one that somebody has stated is theirs
    IF r.is_wanted AND r.needs_full AND r.identity IN ('n', 'i') THEN
      RAISE EXCEPTION 'table % has REPLICA IDENTITY %, which is too little to read its changes from the WAL', r.name,
        CASE r.identity WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX' END USING ERRCODE = 'object_not_in_prerequisite_state',
        HINT = 'Give it REPLICA IDENTITY FULL, or DEFAULT and a primary key; or capture with the queue.';
    ELSIF r.is_wanted AND r.needs_full AND r.identity <> 'f' THEN
      RETURN NEXT format('ALTER TABLE %s REPLICA IDENTITY FULL', r.name);
      RETURN NEXT format('INSERT INTO pgext.realtime (relid, identity) VALUES (%L::regclass, %L) ON CONFLICT DO NOTHING', r.name, r.identity);
    ELSIF r.before IS NOT NULL AND (NOT r.is_wanted OR NOT r.needs_full) THEN
      IF r.identity = 'f' AND r.before = 'd' THEN RETURN NEXT format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', r.name); END IF;
      RETURN NEXT format('DELETE FROM pgext.realtime WHERE relid = %L::regclass', r.name);
    END IF;
  END LOOP;
  IF engine = 'wal' AND published IS NULL THEN
    RETURN NEXT format('CREATE PUBLICATION pgext %sWITH (publish_via_partition_root = true%s)',
      (SELECT 'FOR TABLE ' || string_agg('ONLY ' || w::regclass, ', ' ORDER BY w::regclass::text) || ' ' FROM unnest(wanted) w),
      CASE WHEN version >= 180000 THEN ', publish_generated_columns = stored' ELSE '' END);
  ELSIF engine = 'wal' THEN
    RETURN QUERY SELECT format('ALTER PUBLICATION pgext DROP TABLE ONLY %s', p.prrelid::regclass) FROM pg_publication_rel p
      WHERE p.prpubid = published AND p.prrelid <> ALL (wanted) ORDER BY 1;
    RETURN QUERY SELECT format('ALTER PUBLICATION pgext ADD TABLE ONLY %s', w::regclass) FROM unnest(wanted) w
      WHERE NOT EXISTS (SELECT FROM pg_publication_rel p WHERE p.prpubid = published AND p.prrelid = w) ORDER BY 1;
  ELSIF published IS NOT NULL THEN
    RETURN NEXT 'DROP PUBLICATION pgext';
  END IF;
END $$;

-- A row filter is applied to the old row too, which the WAL holds with REPLICA IDENTITY FULL alone.
CREATE OR REPLACE FUNCTION pgext.needs_old_rows(root oid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  filtered boolean := false;
BEGIN
  IF current_setting('server_version_num')::int >= 150000 THEN
    EXECUTE 'SELECT EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
      WHERE p.pubname = ''pg_events'' AND r.prrelid = $1 AND r.prqual IS NOT NULL)' INTO filtered USING root;
  END IF;
  RETURN filtered;
END $$;

-- Makes it right, and tells what that took. Nothing to do: no lock is taken, and nothing told.
CREATE OR REPLACE FUNCTION pgext.sync_events(perform boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen text := (SELECT e.engine FROM pgext.events e);
  statement text;
BEGIN
  FOREACH statement IN ARRAY ARRAY(SELECT pgext.trigger_statements(chosen)) || ARRAY(SELECT pgext.publication_statements(chosen)) LOOP
    IF perform THEN EXECUTE statement; END IF;
    RETURN NEXT statement;
  END LOOP;
  IF perform AND chosen = 'queue' THEN
    INSERT INTO pgext.shape (hash, shape) SELECT hashtextextended(d, 0), d FROM pgext.realtime_tables() t, pgext.describe_table(t.relation, t.root) d
      WHERE d IS NOT NULL AND NOT EXISTS (SELECT FROM pgext.shape s WHERE s.hash = hashtextextended(d, 0));
  END IF;
END $$;
COMMENT ON FUNCTION pgext.sync_events(boolean) IS 'makes capture follow publication pg_events; returns the statements it ran';

-- Partitions that somebody made or attached since: whoever reads looks for them now and then. What is written to one directly is captured from
-- then on; what goes through its root always was. Waits for nobody: true when nothing is left to do.
CREATE OR REPLACE FUNCTION pgext.cover_partitions() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
DECLARE
  chosen text := (SELECT e.engine FROM pgext.events e);
  statement text;
BEGIN
  IF NOT EXISTS (SELECT FROM pgext.realtime_tables() t WHERE t.relation <> t.root
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.relation AND g.tgname = 'pgext_truncate')) THEN RETURN true; END IF;
  BEGIN
    FOREACH statement IN ARRAY ARRAY(SELECT pgext.trigger_statements(chosen)) LOOP
      EXECUTE statement;
    END LOOP;
  EXCEPTION WHEN lock_not_available OR insufficient_privilege THEN
    RETURN false;
  END;
  RETURN true;
END $$;
COMMENT ON FUNCTION pgext.cover_partitions() IS 'captures partitions that are new; false where somebody is in the way';
-- Reading and emptying the queue.

-- Whether something that a reader has not seen was thrown away: `seen` is the snapshot up to which it read.
CREATE OR REPLACE FUNCTION pgext.is_gone(seen pg_snapshot) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.emptied IS NOT NULL AND e.floor >= pg_snapshot_xmin(seen) AND (e.floor >= pg_snapshot_xmax(seen)
    OR EXISTS (SELECT FROM pg_snapshot_xip(seen) x WHERE x <= e.floor AND pg_visible_in_snapshot(x, e.emptied)))
  FROM pgext.events e
$$;

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
SET lock_timeout = '50ms' AS $$
DECLARE
  state pgext.events := (SELECT e FROM pgext.events e);
  next text := format('pgext.event_%s', (extract(epoch FROM clock_timestamp())::bigint / state.period + 1) % 3);
  newest xid8;
  is_due boolean;
BEGIN
  -- 14 has no max(xid8)
  EXECUTE format('SELECT xid FROM %s ORDER BY xid DESC LIMIT 1', next) INTO newest;
  IF newest IS NULL THEN RETURN false; END IF;
  BEGIN
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', next);
  EXCEPTION WHEN lock_not_available THEN
    RETURN false;
  END;
  EXECUTE format('SELECT (SELECT xid FROM %1$s ORDER BY xid DESC LIMIT 1), max(written) < clock_timestamp() - make_interval(secs => $1) FROM %1$s', next)
    INTO newest, is_due USING state.period;
  IF is_due IS NOT TRUE OR EXISTS (SELECT FROM pgext.consumer c WHERE c.engine = 'queue' AND c.seen IS NOT NULL
    AND c.seen_at > clock_timestamp() - patience AND newest >= pg_snapshot_xmin(c.seen)) THEN RETURN false; END IF;
  EXECUTE format('TRUNCATE %s', next);
  UPDATE pgext.events SET floor = greatest(floor, newest), emptied = pg_current_snapshot();
  RETURN true;
END $$;

-- A new life where what is kept was brought here from elsewhere (a restore, an upgrade, a failover): its transactions' ids mean nothing here.
CREATE OR REPLACE FUNCTION pgext.settle_events() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pgext.events WHERE place <> pgext.place()) THEN RETURN false; END IF;
  LOCK TABLE pgext.event_0, pgext.event_1, pgext.event_2 IN ACCESS EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM pgext.events WHERE place <> pgext.place()) THEN RETURN false; END IF;
  TRUNCATE pgext.event_0, pgext.event_1, pgext.event_2;
  UPDATE pgext.events SET incarnation = gen_random_uuid(), place = pgext.place(), floor = '0', emptied = NULL;
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
-- All of it is its owner's alone; who may send messages is granted by name.

REVOKE ALL ON pgext.events, pgext.realtime, pgext.shape, pgext.consumer, pgext.event_0, pgext.event_1, pgext.event_2, pgext.event FROM PUBLIC;
REVOKE ALL ON SEQUENCE pgext.event_id FROM PUBLIC;
REVOKE ALL ON FUNCTION pgext.place(), pgext.columns_of(oid), pgext.describe_table(oid, oid), pgext.shape_hash(oid, oid), pgext.shape_text(oid, oid),
  pgext.insert_by_turns(text, text), pgext.capture_body(oid, oid, text, text), pgext.pairs_by_key(oid, oid), pgext.realtime_tables(),
  pgext.wanted_triggers(text), pgext.trigger_statements(text), pgext.publication_statements(text), pgext.needs_old_rows(oid),
  pgext.sync_events(boolean), pgext.cover_partitions(), pgext.is_gone(pg_snapshot), pgext.transactions_since(pg_snapshot), pgext.events_of(xid8[], bigint, bigint), pgext.empty_events(interval), pgext.settle_events(), pgext.emit(text, jsonb) FROM PUBLIC;

-- What publication pg_events declares, and everything that follows from it made right.

-- Every table whose changes are captured, and whose name they carry: its topmost ancestor that is declared. `family` marks tables that
-- others inherit from, or that inherit, as a statement on the parent reaches rows of the children; and those with a foreign table among their partitions.
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
        OR EXISTS (SELECT FROM pg_partition_tree(t.root::regclass) f JOIN pg_class o ON o.oid = f.relid AND o.relkind = 'f')
    FROM tree t JOIN pg_class c ON c.oid = t.relation WHERE c.relkind IN ('r', 'p')
    ORDER BY t.relation, t.depth DESC;
END $$;
COMMENT ON FUNCTION pgext.realtime_tables() IS 'tables that publication pg_events declares, with their partitions';

-- Triggers of the queue on every table; of the WAL engine on partitions alone, whose TRUNCATE PostgreSQL publishes under no root's name.
CREATE OR REPLACE FUNCTION pgext.wanted_triggers(engine text) RETURNS TABLE (relation oid, name name, function name, definition text, body text, settings text[]) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  WITH queued AS MATERIALIZED (
    SELECT t.relation, t.root, t.kind, h.how, t.relation::regclass AS name, d AS shape, coalesce(hashtextextended(d, 0), 0) AS hash
    FROM pgext.realtime_tables() t, pgext.describe_table(t.relation, t.root) d,
      LATERAL (SELECT CASE WHEN t.family THEN 'row' WHEN t.kind = 'p' THEN 'partitioned' ELSE 'plain' END AS how) h
    WHERE engine = 'queue'
  ), typed AS MATERIALIZED (
    SELECT DISTINCT q.relation, (c.v->>1)::oid AS type FROM queued q, json_array_elements(q.shape::json->'columns') c(v) WHERE q.how <> 'row'
    -- 0: what depends on all settings
    UNION ALL SELECT 0, 0
  ), needed AS MATERIALIZED (
    SELECT t.relation, array_agg(DISTINCT s.setting COLLATE "C") AS settings
    FROM pgext.text_settings(ARRAY(SELECT DISTINCT type FROM typed)) s JOIN typed t USING (type) GROUP BY t.relation
  )
  SELECT t.relation, ('pgext_' || v.verb)::name, format('capture_%s_%s%s', t.relation, v.verb, CASE WHEN t.how = 'row' THEN '_row' ELSE '' END)::name,
    format('AFTER %s ON %s %sFOR EACH %s', upper(v.verb), t.name, CASE WHEN t.how = 'row' THEN '' ELSE v.tables END,
      CASE WHEN t.how = 'row' AND v.verb <> 'truncate' THEN 'ROW' ELSE 'STATEMENT' END),
    pgext.capture_body(t.relation, t.root, v.verb, t.how, t.hash),
    coalesce(n.settings, '{}')
  FROM queued t CROSS JOIN
    (VALUES ('insert', 'REFERENCING NEW TABLE AS new_rows '), ('update', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '),
      ('delete', 'REFERENCING OLD TABLE AS old_rows '), ('truncate', '')) v(verb, tables)
    LEFT JOIN needed n ON n.relation = CASE v.verb WHEN 'truncate' THEN 0 ELSE t.relation END
  -- where a foreign table is among partitions, PostgreSQL lets nobody collect what a statement on the root changes
  WHERE v.verb = 'truncate' OR t.how <> 'row' OR t.kind = 'r'
  UNION ALL
  SELECT t.relation, 'pgext_truncate', format('capture_%s_truncate', t.relation)::name, format('AFTER TRUNCATE ON %s FOR EACH STATEMENT', t.relation::regclass),
    E'BEGIN\nPERFORM pg_logical_emit_message(true, ''pgext'' || (SELECT mark FROM pgext.events) || ''.truncate'', json_build_object(''relid'', TG_RELID::int8, ''schema'', TG_TABLE_SCHEMA,
''table'', TG_TABLE_NAME, ''root'',
  (SELECT t.root::int8 FROM pgext.realtime_tables() t WHERE t.relation = TG_RELID))::text);\nPERFORM pg_logical_emit_message(false, ''pgext'', '''');\nRETURN NULL;\nEND', n.settings
  FROM pgext.realtime_tables() t, needed n WHERE engine = 'wal' AND t.relation <> t.root AND n.relation = 0
$$;

-- Statements that make triggers and their functions what they should be, in order.
CREATE OR REPLACE FUNCTION pgext.trigger_statements(engine text) RETURNS SETOF text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH wanted AS MATERIALIZED (SELECT w.*, w.relation::regclass::text AS on_table FROM pgext.wanted_triggers(engine) w),
  member AS (SELECT 'DEPENDS ON EXTENSION pg_events' AS clause, ARRAY(SELECT d.objid FROM pg_depend d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid AND d.deptype = 'x') AS dependents FROM pg_extension x WHERE extname = 'pg_events'),
  -- what default privileges grant as well: who may execute it, can make a trigger of their own that forges events
  made AS (SELECT w.*, f.oid AS made_function, coalesce(f.prosrc = w.body AND coalesce(f.proconfig, '{}') = w.settings, false) AS is_made, t.oid AS made_trigger, t.tgenabled,
      (SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, ', ')
        FROM (SELECT acldefault('f', r.oid) AS acl FROM pg_roles r WHERE r.rolname = current_user AND f.oid IS NULL
          UNION ALL SELECT d.defaclacl FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole AND r.rolname = current_user
            WHERE f.oid IS NULL AND d.defaclobjtype = 'f' AND d.defaclnamespace IN (0, 'pgext'::regnamespace)
          UNION ALL SELECT coalesce(f.proacl, acldefault('f', f.proowner)) WHERE f.oid IS NOT NULL) l, aclexplode(l.acl) a
        WHERE a.grantee <> coalesce(f.proowner, (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user))) AS others
    FROM wanted w LEFT JOIN pg_proc f ON f.pronamespace = 'pgext'::regnamespace AND f.proname = w.function
    LEFT JOIN pg_trigger t ON t.tgrelid = w.relation AND t.tgname = w.name AND t.tgfoid = f.oid)
  SELECT statement FROM (
    SELECT 1 AS phase, t.tgrelid::regclass::text AS on_table, t.tgname AS name, 1 AS step, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) AS statement
    FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
    WHERE f.pronamespace = 'pgext'::regnamespace AND NOT t.tgisinternal
      AND NOT EXISTS (SELECT FROM wanted w WHERE w.relation = t.tgrelid AND w.name = t.tgname AND w.function = f.proname)
    UNION ALL
    SELECT 2, m.on_table, m.name, v.step, v.statement FROM made m LEFT JOIN member e ON true, LATERAL (VALUES
      (1, CASE WHEN NOT m.is_made THEN format('CREATE OR REPLACE FUNCTION pgext.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER%s AS %L', m.function,
        (SELECT string_agg(format(' SET %s = %s', v[1], CASE v[1] WHEN 'search_path' THEN v[2] ELSE quote_literal(v[2]) END), '') FROM unnest(m.settings) s, string_to_array(s, '=') v),
        m.body) END),
      (2, format('REVOKE ALL ON FUNCTION pgext.%I() FROM ', m.function) || m.others),
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
      pg_get_replica_identity_index(c.oid) IS NULL OR pgext.needs_old_rows(t.root)
        -- whoever may not see the row before it is told nothing of a DELETE: policies are asked for it. An index that somebody has named stays
        OR c.relreplident IN ('d', 'f') AND EXISTS (SELECT FROM pg_class o WHERE o.oid = t.root AND o.relrowsecurity) AS needs_full
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
  due text[] := ARRAY(SELECT pgext.trigger_statements(chosen)) || ARRAY(SELECT pgext.publication_statements(chosen));
  statement text;
BEGIN
  IF perform AND due <> '{}' THEN
    -- another session may be making it right at this moment: what is left to do is told when that one is done
    PERFORM pg_advisory_xact_lock(hashtextextended('pgext sync', 0));
    chosen := (SELECT e.engine FROM pgext.events e);
    due := ARRAY(SELECT pgext.trigger_statements(chosen)) || ARRAY(SELECT pgext.publication_statements(chosen));
  END IF;
  FOREACH statement IN ARRAY due LOOP
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
  IF NOT pg_try_advisory_xact_lock(hashtextextended('pgext sync', 0)) THEN RETURN false; END IF;
  BEGIN
    FOREACH statement IN ARRAY ARRAY(SELECT pgext.trigger_statements(chosen)) LOOP
      EXECUTE statement;
    END LOOP;
  -- somebody alters the table: what is left is told by sync_events, and tried again
  EXCEPTION WHEN OTHERS THEN
    RETURN false;
  END;
  RETURN true;
END $$;
COMMENT ON FUNCTION pgext.cover_partitions() IS 'captures partitions that are new; false where somebody is in the way';

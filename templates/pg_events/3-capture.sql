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
  -- literals, so that a plan holds the answers; a plan that reads no transition table would not notice when the table changes
  shape text := CASE WHEN how = 'row' OR verb = 'truncate'
    THEN format('%s, pgext.shape_hash(TG_RELID, %s), pgext.shape_text(TG_RELID, %2$s)', relation, root)
    ELSE format('%s, pgext.shape_hash(%1$s, %s), pgext.shape_text(%1$s, %2$s)', relation, root) END;
  -- no plan of a partition's own knows when its root is renamed: the function is made anew then. A comment ends at either line break,
  -- and what stands in a name must never run with the owner's rights
  about text := CASE WHEN root = relation THEN '' ELSE format(E'-- %s\n', translate(root::regclass::text, E'\r\n', '  ')) END;
BEGIN
  RETURN about || format(E'<<capture>> DECLARE root oid; hash bigint; described text;\nBEGIN\nIF TG_RELID = %s THEN\n', relation)
    || pgext.capture_statements(format('%s, %s', relation, root), shape, verb, how, root <> relation)
    -- restored from a dump, where tables have other oids than these
    || E'ELSE\nroot := coalesce((SELECT t.root FROM pgext.realtime_tables() t WHERE t.relation = TG_RELID), TG_RELID);\n'
    || E'hash := pgext.shape_hash(TG_RELID, root);\ndescribed := pgext.shape_text(TG_RELID, root);\n'
    || pgext.capture_statements('TG_RELID, capture.root', 'TG_RELID, capture.hash, capture.described', verb, how, root <> relation)
    || E'END IF;\nRETURN NULL;\nEND';
END $$;

-- What it does, by the two oids and by what stands in each of its events.
CREATE OR REPLACE FUNCTION pgext.capture_statements(oids text, shape text, verb text, how text, is_partition boolean) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  columns text := 'relid, shape, described, op, old, new';
  positions text := pgext.insert_by_turns(columns, format(
    'SELECT %s, ''U''::"char", o.old, n.new FROM (SELECT row_number() OVER () AS at, (o.*)::text AS old FROM old_rows o) o
    FULL JOIN (SELECT row_number() OVER () AS at, (n.*)::text AS new FROM new_rows n) n ON n.at = o.at', shape));
BEGIN
  RETURN CASE
    WHEN verb = 'truncate' THEN pgext.insert_by_turns('relid, shape, described, op, old', format('SELECT %s, ''T''::"char", %s', shape,
      CASE WHEN is_partition THEN 'TG_RELID::regclass::text' ELSE 'NULL' END))
    WHEN how = 'row' THEN pgext.insert_by_turns(columns, format('SELECT %s, %L::"char", %s', shape, upper(left(verb, 1)),
      -- NEW is of the table's type, which may have a cast to text of somebody's own; format takes the row's text as it is
      CASE verb WHEN 'insert' THEN 'NULL, format(''%s'', NEW)' WHEN 'delete' THEN 'format(''%s'', OLD), NULL' ELSE 'format(''%s'', OLD), format(''%s'', NEW)' END))
    WHEN verb = 'insert' THEN pgext.insert_by_turns(columns, format('SELECT %s, ''I''::"char", NULL, (n.*)::text FROM new_rows n', shape))
    WHEN verb = 'delete' THEN pgext.insert_by_turns(columns, format('SELECT %s, ''D''::"char", (o.*)::text, NULL FROM old_rows o', shape))
    WHEN how = 'partitioned' THEN E'IF (SELECT count(*) FROM old_rows) = (SELECT count(*) FROM new_rows) THEN\n' || positions
      || format(E'ELSE\nEXECUTE pgext.pairs_by_key(%s);\nEND IF;\n', oids)
    ELSE positions
  END;
END $$;

-- Both transition tables of an UPDATE are filled together, so that positions pair them; but a row that moves to another partition may be
-- swallowed there by a BEFORE trigger. Then keys pair them, and what has no pair was deleted, or inserted.
CREATE OR REPLACE FUNCTION pgext.pairs_by_key(relation oid, root oid) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('INSERT INTO pgext.event_%s (relid, shape, described, op, old, new)
    SELECT %s, pgext.shape_hash(%2$s, %s), pgext.shape_text(%2$s, %3$s),
      (CASE WHEN NOT p.has_new THEN ''D'' WHEN NOT p.has_old THEN ''I'' ELSE ''U'' END)::"char", p.old, p.new
    FROM (SELECT (o.*)::text AS old, (n.*)::text AS new, o.* IS DISTINCT FROM NULL AS has_old, n.* IS DISTINCT FROM NULL AS has_new
      FROM old_rows o FULL JOIN new_rows n ON %s) p ORDER BY p.has_new, p.has_old DESC, p.old',
    extract(epoch FROM clock_timestamp())::bigint / (SELECT period FROM pgext.events) % 3, relation, root,
    -- as texts: an operator of a type that an extension brings is not found here
    coalesce((SELECT string_agg(format('ROW(o.%1$I)::text = ROW(n.%1$I)::text', k.v->>0), ' AND ') FROM json_array_elements(
      pgext.describe_table(relation, root)::json->'columns') k(v) WHERE (k.v->>2)::boolean), 'false'))
$$;

-- A table's columns as they are now, as text. Not from pg_attribute, which an older snapshot shows as it was: what the parser makes
-- of (NULL::name).* is what the next row has. Marked immutable so that a cached plan holds its answer; a plan that reads
-- a transition table is thrown away whenever that table changes, and its answer with it.

CREATE OR REPLACE FUNCTION pgext.describe_table(relation oid, root oid) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text[] := pgext.columns_of(relation);
  of_root text[] := CASE WHEN root = relation THEN names ELSE pgext.columns_of(root) END;
  types int8[];
  keys text[];
  name text[];
  -- a place in a row's text they have, but no value
  virtual text[] := ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = relation AND a.attgenerated = 'v');
  index oid := pg_get_replica_identity_index(relation);
BEGIN
  IF names IS NULL OR of_root IS NULL THEN RETURN NULL; END IF;
  name := parse_ident(root::regclass::text);
  IF index IS NULL THEN
    index := (SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = relation AND i.indisprimary);
  END IF;
  -- not from pg_index either: an index that is made anew stands in no older snapshot. Columns that it only includes are searched for nothing
  keys := ARRAY(SELECT pg_get_indexdef(index, k, false) FROM generate_series(1, 32) k WHERE pg_index_column_has_property(index, k, 'search_nulls'));
  IF cardinality(names) > 0 THEN
    EXECUTE format('SELECT ARRAY[%s] FROM (SELECT (NULL::%s).*) r',
      (SELECT string_agg(format('pg_typeof(r.%I)::oid::int8', n), ', ' ORDER BY at) FROM unnest(names) WITH ORDINALITY c(n, at)), relation::regclass)
      INTO types;
  END IF;
  RETURN json_build_object('relid', root::int8, 'schema', name[1], 'table', name[2], 'columns',
    (SELECT coalesce(json_agg(json_build_array(n, types[at], quote_ident(n) = ANY (keys), CASE WHEN n <> ALL (virtual) THEN array_position(of_root, n) END) ORDER BY at), '[]')
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

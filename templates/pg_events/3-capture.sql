-- What a table needs to be captured by the queue: functions of its own, a trigger for each. In a writer's transaction nothing happens but
-- one INSERT a statement.
--
-- Capturing functions run with their owner's rights and, as every setting that a function has costs a writer a good part of a whole capture,
-- under the writer's search_path: all that stands in one is qualified, types and operators too, and CASE x WHEN and IN are not used, as
-- they look for an operator by its name.

-- What the text of values depends on, type by type: all that there is, for one of which nothing better is known.
CREATE OR REPLACE FUNCTION pgext.text_settings(types oid[]) RETURNS TABLE (type oid, setting text) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE part (type, of) AS (
    SELECT u, u FROM unnest(types) u
    -- a domain, an array and a range are written as what they are made of
    UNION SELECT p.type, CASE t.typtype WHEN 'd' THEN t.typbasetype WHEN 'r' THEN r.rngsubtype WHEN 'm' THEN r.rngtypid ELSE t.typelem END
    FROM part p JOIN pg_type t ON t.oid = p.of LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
    WHERE t.typtype IN ('d', 'r', 'm') OR t.typoutput = 'array_out'::regproc
  )
  SELECT DISTINCT p.type, s.name || '=' || s.value
  FROM part p LEFT JOIN pg_type t ON t.oid = p.of, LATERAL (SELECT CASE
      WHEN t.typtype IN ('d', 'r', 'm', 'e') OR t.typoutput = 'array_out'::regproc THEN ''
      WHEN p.of = ANY ('{bool,int2,int4,int8,numeric,oid,text,varchar,bpchar,"\"char\"",name,uuid,json,jsonb,inet,cidr,macaddr,macaddr8,bit,varbit,tsvector,tsquery,
        int2vector,oidvector,pg_lsn,xid,xid8}'::regtype[]) THEN ''
      WHEN p.of = 'timestamptz'::regtype THEN 'TimeZone,DateStyle'
      WHEN p.of = ANY ('{timestamp,date,time,timetz}'::regtype[]) THEN 'DateStyle'
      WHEN p.of = 'interval'::regtype THEN 'IntervalStyle'
      WHEN p.of = ANY ('{float4,float8,point,lseg,path,box,polygon,line,circle}'::regtype[]) THEN 'extra_float_digits'
      WHEN p.of = 'bytea'::regtype THEN 'bytea_output'
      WHEN p.of = 'money'::regtype THEN 'lc_monetary' END AS names) n,
    (VALUES ('search_path', 'pg_catalog, pg_temp'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'iso_8601'), ('extra_float_digits', '1'),
      ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('quote_all_identifiers', 'off')) s(name, value)
  WHERE n.names IS NULL OR s.name = ANY (string_to_array(n.names, ','))
$$;

-- A row's text whatever its types, and whatever a session has set. Not value::text: somebody may have made a cast of the row's type.
CREATE OR REPLACE FUNCTION pgext.as_text(value record) RETURNS text LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET intervalstyle = 'iso_8601' SET extra_float_digits = 1
SET bytea_output = 'hex' SET lc_monetary = 'C' SET quote_all_identifiers = off AS $$
BEGIN
  RETURN format('%s', value);
END $$;

-- The body of a capturing function. Which of the three tables is written to is told by the clock: it matters to nobody, as all are read together,
-- and none is emptied while somebody has written to it. Turn 3 is that of a table restored from a dump, with another oid than the function was made for.
CREATE OR REPLACE FUNCTION pgext.capture_body(relation oid, root oid, verb text, how text, made bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  statement text := pgext.capture_statement(relation, root, verb, how, made);
  -- no plan of a partition's own knows when its root is renamed: the function is made anew then. A comment ends at either line break,
  -- and what stands in a name must never run with the owner's rights
  about text := CASE WHEN root = relation THEN '' ELSE format(E'-- %s\n', translate(root::regclass::text, E'\r\n', '  ')) END;
BEGIN
  RETURN about || format($body$DECLARE turn pg_catalog.int8 := CASE WHEN TG_RELID OPERATOR(pg_catalog.=) %L::pg_catalog.oid
THEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::pg_catalog.int8 OPERATOR(pg_catalog./) %s OPERATOR(pg_catalog.%%) 3 ELSE 3 END;
BEGIN
%sIF turn OPERATOR(pg_catalog.=) 0 THEN %s;
ELSIF turn OPERATOR(pg_catalog.=) 1 THEN %s;
ELSIF turn OPERATOR(pg_catalog.=) 2 THEN %s;
ELSE EXECUTE pgext.capture_restored(TG_RELID, %L, %L) USING TG_RELID, %s;
END IF;
RETURN NULL;
END$body$, relation, (SELECT period FROM pgext.events),
    CASE WHEN verb = 'update' AND how = 'partitioned' THEN format(E'IF (SELECT pg_catalog.count(*) FROM old_rows) OPERATOR(pg_catalog.<>) (SELECT pg_catalog.count(*) FROM new_rows) THEN\n'
      'EXECUTE pgext.pairs_by_key(TG_RELID, %s);\nRETURN NULL;\nEND IF;\n', root) ELSE '' END,
    format(statement, 0), format(statement, 1), format(statement, 2), verb, how, CASE WHEN how = 'row' AND verb <> 'truncate' THEN 'OLD, NEW' ELSE 'NULL' END);
END $$;

-- The INSERT that captures a statement, or a row, with %s for the number of the queue's table; made when the shape had hash `made`. As long as it has,
-- the shape is recorded, and the function has the settings that its rows' texts depend on: that is asked when the statement is planned, and costs nothing
-- after. `made` is null for one that is planned each time, and told by parameters what a trigger's function knows by name.
--
-- Rows are written as their text in parentheses, each value as PostgreSQL prints it: JSON would change some. (n.*)::text is the row even where a column is
-- named n.
CREATE OR REPLACE FUNCTION pgext.capture_statement(relation oid, root oid, verb text, how text, made bigint) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  is_made text := format('h.hash OPERATOR(pg_catalog.=) %L::pg_catalog.int8', made);
  -- a plan that reads no transition table would not notice when the table changes: TG_RELID keeps it from holding the answers
  is_held boolean := made IS NOT NULL AND how <> 'row' AND verb <> 'truncate';
  known text[] := CASE WHEN made IS NULL THEN '{$1,$2,$3}' ELSE '{TG_RELID,OLD,NEW}' END;
  shape text := CASE WHEN is_held THEN format('h.hash, CASE WHEN %s THEN NULL ELSE pgext.shape_text(%s, %s) END', is_made, relation, root)
    ELSE format('pgext.shape_hash(%s, %s), pgext.shape_text(%1$s, %2$s)', known[1], root) END;
  source text := CASE WHEN is_held THEN format('pgext.shape_hash(%s, %s) h(hash), ', relation, root) ELSE '' END;
  text_of text := CASE WHEN is_held THEN format('CASE WHEN %s THEN (%%1$s.*)::pg_catalog.text ELSE pgext.as_text(%%1$s.*) END', is_made) ELSE 'pgext.as_text(%1$s.*)' END;
  o text := CASE how WHEN 'row' THEN format('pgext.as_text(%s)', known[2]) ELSE format(text_of, 'o') END;
  n text := CASE how WHEN 'row' THEN format('pgext.as_text(%s)', known[3]) ELSE format(text_of, 'n') END;
  op text := format('%L::pg_catalog."char"', upper(left(verb, 1)));
BEGIN
  RETURN format('INSERT INTO pgext.event_%%s (relid, shape, described, op, old, new) SELECT %s, %s, ', relation, shape) || CASE
    WHEN verb = 'truncate' THEN format('%s, %s, NULL', op, CASE WHEN root = relation THEN 'NULL' ELSE known[1] || '::pg_catalog.regclass::pg_catalog.text' END)
    WHEN how = 'row' THEN format('%s, %s, %s', op, CASE verb WHEN 'insert' THEN 'NULL' ELSE o END, CASE verb WHEN 'delete' THEN 'NULL' ELSE n END)
    WHEN verb = 'insert' THEN format('%s, NULL, %s FROM %snew_rows n', op, n, source)
    WHEN verb = 'delete' THEN format('%s, %s, NULL FROM %sold_rows o', op, o, source)
    -- both transition tables are filled together, so that positions pair them
    ELSE format('%s, p.old, p.new FROM %sLATERAL (SELECT o.text AS old, n.text AS new FROM (SELECT pg_catalog.row_number() OVER () AS at, %s AS text FROM old_rows o) o
FULL JOIN (SELECT pg_catalog.row_number() OVER () AS at, %s AS text FROM new_rows n) n ON n.at OPERATOR(pg_catalog.=) o.at) p', op, source, o, n)
  END;
END $$;

-- The same for a table that its function does not know.
CREATE OR REPLACE FUNCTION pgext.capture_restored(relation oid, verb text, how text) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format(pgext.capture_statement(relation, coalesce((SELECT t.root FROM pgext.realtime_tables() t WHERE t.relation = capture_restored.relation), relation), verb, how, NULL),
    extract(epoch FROM clock_timestamp())::bigint / (SELECT period FROM pgext.events) % 3)
$$;

-- But a row that moves to another partition may be swallowed there by a BEFORE trigger. Then keys pair them, and what has no pair was deleted, or inserted.
CREATE OR REPLACE FUNCTION pgext.pairs_by_key(relation oid, root oid) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('INSERT INTO pgext.event_%s (relid, shape, described, op, old, new)
    SELECT %s, pgext.shape_hash(%2$s, %s), pgext.shape_text(%2$s, %3$s),
      (CASE WHEN NOT p.has_new THEN ''D'' WHEN NOT p.has_old THEN ''I'' ELSE ''U'' END)::pg_catalog."char", p.old, p.new
    FROM (SELECT pgext.as_text(o.*) AS old, pgext.as_text(n.*) AS new, o.* IS DISTINCT FROM NULL AS has_old, n.* IS DISTINCT FROM NULL AS has_new
      FROM old_rows o FULL JOIN new_rows n ON %s) p ORDER BY p.has_new, p.has_old DESC, p.old',
    extract(epoch FROM clock_timestamp())::bigint / (SELECT period FROM pgext.events) % 3, relation, root,
    -- as texts: an operator of a type that an extension brings is not found here
    coalesce((SELECT string_agg(format('pgext.as_text(ROW(o.%1$I)) OPERATOR(pg_catalog.=) pgext.as_text(ROW(n.%1$I))', k.v->>0), ' AND ') FROM json_array_elements(
      pgext.describe_table(relation, root)::json->'columns') k(v) WHERE (k.v->>2)::boolean), 'false'))
$$;

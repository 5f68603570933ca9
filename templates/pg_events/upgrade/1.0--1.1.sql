-- What is known of tables survives a dump by their names.

ALTER TABLE pgext.realtime ALTER relid TYPE regclass;
-- gone, or made anew with other arguments
DROP FUNCTION IF EXISTS pgext.wanted_triggers(text), pgext.capture_body(oid, oid, text, text), pgext.insert_by_turns(text, text);
UPDATE pgext.events SET version = '1.1';

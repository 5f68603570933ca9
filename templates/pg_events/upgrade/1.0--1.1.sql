-- What is known of tables survives a dump by their names.

ALTER TABLE pgext.realtime ALTER relid TYPE regclass;
UPDATE pgext.events SET version = '1.1';

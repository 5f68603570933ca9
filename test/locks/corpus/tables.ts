// Tables as a whole, and tables in partitions.
import type {Section} from './model.ts'

const alter = (what: string) => `ALTER TABLE public.orders ${what}`
const READINGS = 'public.readings'
const VISITS = 'public.visits'

export const tables: readonly Section[] = [
  {
    title: 'Tables',
    table: 'public.orders',
    statements: [
      {sql: 'CREATE TABLE public.added (id bigint)', table: 'public.added'},
      {sql: 'CREATE TABLE public.added (customer bigint REFERENCES public.customers (id))', table: 'public.added'},
      {sql: 'CREATE TABLE public.added () INHERITS (public.animals)', table: 'public.added'},
      {sql: 'CREATE TABLE public.added (LIKE public.orders INCLUDING ALL)', table: 'public.added'},
      {sql: 'DROP TABLE public.stones', table: 'public.stones'},
      {
        sql: 'DROP TABLE public.alarms',
        table: 'public.alarms',
        where: 'it has a foreign key to readings, which is partitioned',
      },
      alter('RENAME TO purchases'),
      alter('SET SCHEMA archive'),
      alter('OWNER TO pg_monitor'),
      alter('SET (fillfactor = 70)'),
      alter('SET (autovacuum_vacuum_scale_factor = 0.01)'),
      alter('SET (user_catalog_table = true)'),
      alter('RESET (fillfactor)'),
      {sql: 'ALTER TABLE public.stones SET UNLOGGED', table: 'public.stones'},
      {
        sql: 'ALTER TABLE public.stones SET LOGGED',
        table: 'public.stones',
        where: 'it is UNLOGGED',
        given: 'ALTER TABLE public.stones SET UNLOGGED',
      },
      {
        sql: alter('SET ACCESS METHOD heap2'),
        where: 'another access method',
        given: 'CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler',
        minimum: 15,
      },
      {sql: 'ALTER TABLE public.stones INHERIT public.animals', table: 'public.stones'},
      {sql: 'ALTER TABLE public.birds NO INHERIT public.animals', table: 'public.birds'},
      {
        sql: 'ALTER TABLE public.stones OF public.stone',
        table: 'public.stones',
        where: 'a type of the same attributes',
        given: 'CREATE TYPE public.stone AS (name text, legs integer)',
      },
      {
        sql: 'ALTER TABLE public.stones NOT OF',
        table: 'public.stones',
        where: 'it is OF a type',
        given: 'CREATE TYPE public.stone AS (name text, legs integer); ALTER TABLE public.stones OF public.stone',
      },
      alter('ENABLE ROW LEVEL SECURITY'),
      alter('FORCE ROW LEVEL SECURITY'),
      alter('DISABLE ROW LEVEL SECURITY'),
      'GRANT SELECT ON TABLE public.orders TO pg_monitor',
      'REVOKE SELECT ON TABLE public.orders FROM pg_monitor',
      'GRANT SELECT (note) ON TABLE public.orders TO pg_monitor',
      'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor',
      "COMMENT ON TABLE public.orders IS 'x'",
    ],
  },
  {
    title: 'Partitions',
    table: READINGS,
    statements: [
      'CREATE TABLE public.added PARTITION OF public.readings FOR VALUES FROM (2030) TO (2031)',
      {
        sql: "CREATE TABLE public.added PARTITION OF public.visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        table: VISITS,
        where: 'it has a default partition',
      },
      'ALTER TABLE ONLY public.readings ATTACH PARTITION public.readings_2026 FOR VALUES FROM (2026) TO (2027)',
      {
        sql: 'ALTER TABLE ONLY public.readings ATTACH PARTITION public.readings_2026 FOR VALUES FROM (2026) TO (2027)',
        where: 'a valid check says the bounds, and it has the foreign key itself',
        given: `ALTER TABLE public.readings_2026 ADD CHECK (year >= 2026 AND year < 2027);
          ALTER TABLE public.readings_2026 ADD PRIMARY KEY (device, year);
          ALTER TABLE public.readings_2026 ADD FOREIGN KEY (device) REFERENCES public.devices (id)`,
        more: 'only PostgreSQL can prove that a check implies the bounds',
      },
      {
        sql: "ALTER TABLE ONLY public.visits ATTACH PARTITION public.visits_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        table: VISITS,
        where: 'it has a default partition',
      },
      {
        sql: "ALTER TABLE ONLY public.visits ATTACH PARTITION public.visits_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        table: VISITS,
        where: 'it has no default partition',
        given: 'DROP TABLE public.visits_rest',
      },
      'ALTER TABLE ONLY public.readings DETACH PARTITION public.readings_2024',
      'ALTER TABLE ONLY public.readings DETACH PARTITION public.readings_2024 CONCURRENTLY',
      {
        sql: 'ALTER TABLE ONLY public.readings DETACH PARTITION public.readings_2024 FINALIZE',
        where: 'DETACH … CONCURRENTLY was cut off',
        given: "UPDATE pg_catalog.pg_inherits SET inhdetachpending = true WHERE inhrelid = 'public.readings_2024'::regclass",
      },
      {
        sql: 'ALTER TABLE ONLY public.visits DETACH PARTITION public.visits_old',
        table: VISITS,
        where: 'it has a default partition',
      },
      {
        sql: 'ALTER TABLE ONLY public.visits DETACH PARTITION public.visits_old CONCURRENTLY',
        table: VISITS,
        where: 'it has no default partition',
        given: 'DROP TABLE public.visits_rest',
      },
      {
        sql: 'ALTER TABLE ONLY public.visits DETACH PARTITION public.visits_old CONCURRENTLY',
        table: VISITS,
        where: 'the partition is partitioned too, and there is no default partition',
        given: `DROP TABLE public.visits_rest, public.visits_old;
          CREATE TABLE public.visits_old PARTITION OF public.visits FOR VALUES FROM (MINVALUE) TO ('2024-01-01') PARTITION BY LIST (page);
          CREATE TABLE public.visits_old_home PARTITION OF public.visits_old FOR VALUES IN ('home')`,
      },
      {
        sql: 'DROP TABLE public.visits_old',
        table: VISITS,
        where: 'it is a partition, and there is a default partition',
      },
      {
        sql: 'DROP TABLE public.readings_2024',
        where: 'no foreign key refers to the table',
        given: 'ALTER TABLE public.alarms DROP CONSTRAINT alarms_reading_fkey',
      },
      'ALTER TABLE public.readings ADD COLUMN added integer',
      'ALTER TABLE public.readings ADD COLUMN added integer DEFAULT random()',
      'ALTER TABLE public.readings DROP COLUMN value',
      'ALTER TABLE public.readings ALTER COLUMN value SET NOT NULL',
      'ALTER TABLE public.readings ALTER COLUMN value SET DEFAULT 1',
      'ALTER TABLE public.readings ALTER COLUMN value TYPE bigint',
      'ALTER TABLE public.readings ADD CONSTRAINT added CHECK (value > 0)',
      'ALTER TABLE public.readings ADD CONSTRAINT added CHECK (value > 0) NOT VALID',
      {
        sql: 'ALTER TABLE public.readings VALIDATE CONSTRAINT added',
        where: 'a check that is NOT VALID',
        given: 'ALTER TABLE public.readings ADD CONSTRAINT added CHECK (value > 0) NOT VALID',
      },
      'ALTER TABLE public.readings ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id)',
      {
        sql: 'ALTER TABLE public.readings ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id) NOT VALID',
        minimum: 18,
      },
      {
        sql: 'ALTER TABLE public.readings VALIDATE CONSTRAINT added',
        where: 'a foreign key that is NOT VALID',
        given: 'ALTER TABLE public.readings ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id) NOT VALID',
        minimum: 18,
      },
      {
        sql: 'ALTER TABLE public.readings_2024 ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id) NOT VALID',
        table: 'public.readings_2024',
      },
      {
        sql: 'ALTER TABLE public.readings ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id)',
        where: 'each partition has it already, and valid',
        given: `ALTER TABLE public.readings_2024 ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id);
          ALTER TABLE public.readings_2025 ADD CONSTRAINT added FOREIGN KEY (device) REFERENCES public.devices (id)`,
      },
      'ALTER TABLE public.readings DROP CONSTRAINT readings_device_fkey',
      {
        sql: 'ALTER TABLE public.alarms ADD CONSTRAINT added FOREIGN KEY (device, year) REFERENCES public.readings (device, year)',
        table: 'public.alarms',
        where: 'to a partitioned table',
      },
      {
        sql: 'ALTER TABLE public.alarms DROP CONSTRAINT alarms_reading_fkey',
        table: 'public.alarms',
        where: 'to a partitioned table',
      },
      'ALTER TABLE public.readings ADD CONSTRAINT added UNIQUE (value, year)',
      'ALTER TABLE ONLY public.readings ADD CONSTRAINT added UNIQUE (value, year)',
      {
        sql: 'ALTER TABLE public.visits ADD CONSTRAINT added PRIMARY KEY (day)',
        table: VISITS,
      },
      {
        sql: 'ALTER TABLE public.visits ADD CONSTRAINT added EXCLUDE USING btree (day WITH =)',
        table: VISITS,
        minimum: 17,
      },
      'CREATE INDEX added ON public.readings (year)',
      'CREATE INDEX added ON ONLY public.readings (year)',
      {
        sql: 'ALTER INDEX public.added ATTACH PARTITION public.added_2024',
        table: 'public.added',
        where: 'an index ON ONLY the table, and one of a partition',
        given: 'CREATE INDEX added ON ONLY public.readings (year); CREATE INDEX added_2024 ON public.readings_2024 (year)',
      },
      'DROP INDEX public.readings_value_idx',
      'CREATE TRIGGER added AFTER INSERT ON public.readings FOR EACH ROW EXECUTE FUNCTION public.stamp()',
      'CREATE TRIGGER added AFTER INSERT ON public.readings FOR EACH STATEMENT EXECUTE FUNCTION public.stamp()',
      {
        sql: 'DROP TRIGGER added ON public.readings',
        where: 'a trigger FOR EACH ROW',
        given: 'CREATE TRIGGER added AFTER INSERT ON public.readings FOR EACH ROW EXECUTE FUNCTION public.stamp()',
      },
    ],
  },
]

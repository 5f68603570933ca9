// Constraints of each sort: plain, NOT VALID, VALIDATE, USING INDEX; and indexes.
import type {Section} from './model.ts'

const alter = (what: string) => `ALTER TABLE public.orders ${what}`
const KEYS = 'FOREIGN KEY (customer) REFERENCES public.customers (id)'

export const constraints: readonly Section[] = [
  {
    title: 'Constraints',
    table: 'public.orders',
    statements: [
      alter("ADD CONSTRAINT added CHECK (note <> '')"),
      alter("ADD CONSTRAINT added CHECK (note <> '') NOT VALID"),
      {sql: alter("ADD CONSTRAINT added CHECK (note <> '') NOT ENFORCED"), minimum: 18},
      alter('VALIDATE CONSTRAINT orders_id_check'),
      alter('DROP CONSTRAINT orders_id_check'),
      {
        sql: 'ALTER TABLE public.animals ADD CONSTRAINT added CHECK (legs > 0)',
        table: 'public.animals',
        where: 'the table birds inherits from it',
      },
      {
        sql: 'ALTER TABLE public.animals ADD CONSTRAINT added CHECK (legs > 0) NO INHERIT',
        table: 'public.animals',
        where: 'the table birds inherits from it',
      },
      {
        sql: 'ALTER TABLE public.animals VALIDATE CONSTRAINT added',
        table: 'public.animals',
        where: 'the table birds inherits from it',
        given: 'ALTER TABLE public.animals ADD CONSTRAINT added CHECK (legs > 0) NOT VALID',
      },
      alter(`ADD CONSTRAINT added ${KEYS}`),
      alter(`ADD CONSTRAINT added ${KEYS} NOT VALID`),
      {sql: alter(`ADD CONSTRAINT added ${KEYS} NOT ENFORCED`), minimum: 18},
      alter('VALIDATE CONSTRAINT orders_customer_new_fkey'),
      alter('ALTER CONSTRAINT orders_customer_fkey DEFERRABLE'),
      {sql: alter('ALTER CONSTRAINT orders_customer_fkey NOT ENFORCED'), minimum: 18},
      {
        sql: alter('ALTER CONSTRAINT orders_customer_fkey ENFORCED'),
        minimum: 18,
        where: 'it is NOT ENFORCED',
        given: 'ALTER TABLE public.orders ALTER CONSTRAINT orders_customer_fkey NOT ENFORCED',
      },
      alter('DROP CONSTRAINT orders_customer_fkey'),
      alter('ADD CONSTRAINT added UNIQUE (quantity, id)'),
      {sql: alter('ADD CONSTRAINT added UNIQUE NULLS NOT DISTINCT (number)'), minimum: 15},
      alter('ADD CONSTRAINT added UNIQUE USING INDEX orders_serial_idx'),
      {
        sql: 'ALTER TABLE public.stones ADD CONSTRAINT added PRIMARY KEY (name)',
        table: 'public.stones',
        where: 'name may be null',
      },
      {
        sql: 'ALTER TABLE public.stones ADD CONSTRAINT added PRIMARY KEY (name)',
        table: 'public.stones',
        where: 'name is NOT NULL',
        given: 'ALTER TABLE public.stones ALTER COLUMN name SET NOT NULL',
      },
      {
        sql: 'ALTER TABLE public.stones ADD CONSTRAINT added PRIMARY KEY USING INDEX stones_name_idx',
        table: 'public.stones',
        where: 'name may be null',
        given: 'CREATE UNIQUE INDEX stones_name_idx ON public.stones (name)',
      },
      {
        sql: 'ALTER TABLE public.stones ADD CONSTRAINT added PRIMARY KEY USING INDEX stones_name_idx',
        table: 'public.stones',
        where: 'name is NOT NULL',
        given:
          'ALTER TABLE public.stones ALTER COLUMN name SET NOT NULL; CREATE UNIQUE INDEX stones_name_idx ON public.stones (name)',
      },
      alter('ADD CONSTRAINT added EXCLUDE USING btree (id WITH =)'),
      alter('DROP CONSTRAINT orders_number_key'),
      alter('RENAME CONSTRAINT orders_number_key TO orders_number_unique'),
      "COMMENT ON CONSTRAINT orders_number_key ON public.orders IS 'x'",
    ],
  },
  {
    title: 'Indexes and statistics',
    table: 'public.orders',
    statements: [
      'CREATE INDEX added ON public.orders (note)',
      'CREATE UNIQUE INDEX added ON public.orders (id, note)',
      'CREATE INDEX added ON public.orders (public.double(quantity)) WHERE quantity > 1',
      'CREATE INDEX CONCURRENTLY added ON public.orders (note)',
      'CREATE UNIQUE INDEX CONCURRENTLY added ON public.orders (id, note)',
      'CREATE INDEX CONCURRENTLY added ON public.orders (public.double(quantity)) WHERE quantity > 1',
      'DROP INDEX public.orders_placed_idx',
      'DROP INDEX CONCURRENTLY public.orders_placed_idx',
      'ALTER INDEX public.orders_placed_idx RENAME TO orders_placed_index',
      'ALTER INDEX public.orders_placed_idx SET (fillfactor = 70)',
      'ALTER INDEX public.orders_placed_idx RESET (fillfactor)',
      {
        sql: 'ALTER INDEX public.orders_total_idx ALTER COLUMN 1 SET STATISTICS 500',
        where: 'an index on an expression',
        given: 'CREATE INDEX orders_total_idx ON public.orders (public.double(quantity))',
      },
      "COMMENT ON INDEX public.orders_placed_idx IS 'x'",
      alter('CLUSTER ON orders_placed_idx'),
      alter('SET WITHOUT CLUSTER'),
      alter('REPLICA IDENTITY FULL'),
      alter('REPLICA IDENTITY USING INDEX orders_serial_idx'),
      'CREATE STATISTICS public.added ON code, price FROM public.orders',
      'ALTER STATISTICS public.orders_statistics SET STATISTICS 500',
      "COMMENT ON STATISTICS public.orders_statistics IS 'x'",
      'DROP STATISTICS public.orders_statistics',
    ],
  },
]

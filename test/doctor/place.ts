// A server in, a database on it out that has every finding there is SQL for, under names that are hard to write.
import {setTimeout as sleep} from 'node:timers/promises'
import type {Db} from '../../src/postgres/db.ts'
import {quoteName, quoteNames, quoteText} from '../../src/postgres/quote.ts'

export const SCHEMA = `we"ird Schema's`
/** 63 bytes, as many as there may be */
export const LONG = `${'é'.repeat(30)}"x'`

const q = quoteName
const at = (name: string): string => quoteNames(SCHEMA, name)

export const PARENT = at('Parent')
export const REALTIME = at('live ones')

const EVERYWHERE = `
  create schema ${q(SCHEMA)};
  create role "Some Body";
  create extension citext schema ${q(SCHEMA)} version '1.4';
  create table ${PARENT} (id int primary key, "Na me" text, "o'ther" int);
  insert into ${PARENT} select i, repeat('x', 100), i from generate_series(1, 500) i;

  create table ${at(LONG)} (a int, b int, "P""id" int references ${PARENT} on delete cascade, "id" text);
  insert into ${at(LONG)} (a, "id") select i, repeat('x', 100) from generate_series(1, 500) i;
  create table ${at('two keys')} (x int not null, y int not null, foreign key (x) references ${PARENT}, unique (y, x));
  create table ${at('keyed')} (code int not null, x int);
  create unique index "key""d" on ${at('keyed')} (code);
  create table ${at('held')} (v int not null unique);
  create table ${at('split')} (id int primary key, "of what" int references ${PARENT}) partition by range (id);
  create table ${at('split 1')} partition of ${at('split')} for values from (0) to (10);
  create table ${at('split 2')} partition of ${at('split')} for values from (10) to (20);
  create table ${at('pub')} (a int not null);
  create publication "pub x" for table ${at('pub')};

  alter table ${at('keyed')} add constraint "ch eck" check (x > 0) not valid;
  create domain ${at('dom ain')} as int;
  alter domain ${at('dom ain')} add constraint "d""c" check (value > 0) not valid;
  alter table ${at('held')} add constraint "f k" foreign key (v) references ${PARENT} not valid;

  create table ${at('counted')} ("Id" serial primary key);
  select setval(pg_get_serial_sequence(${quoteText(at('counted'))}, 'Id'), 2000000000);
  create table ${at('small')} (id smallint generated always as identity primary key);
  select setval(pg_get_serial_sequence(${quoteText(at('small'))}, 'id'), 32000);
  create sequence ${at('wide')};
  create table ${at('narrow')} (id int primary key default nextval(${quoteText(at('wide'))}::regclass));
  select setval(${quoteText(at('wide'))}::regclass, 2147483640);
  create sequence ${at('to 100')} maxvalue 100;
  select setval(${quoteText(at('to 100'))}::regclass, 80);
  create sequence ${at('round')} maxvalue 100 cycle;
  select setval(${quoteText(at('round'))}::regclass, 99);

  create index "inv alid" on ${at('held')} ((v + 1));
  create index "left_ccnew1" on ${at('held')} ((v + 2));
  update pg_index set indisvalid = false where indexrelid in (${quoteText(at('inv alid'))}::regclass, ${quoteText(at('left_ccnew1'))}::regclass);
  create index "One" on ${PARENT} ("Na me");
  create index "twi'ce" on ${PARENT} ("Na me");
  create index "lo nger" on ${PARENT} ("Na me", "o'ther") include (id);
  alter table ${PARENT} add constraint "u q" unique (id);

  create table ${at('guarded')} (id int primary key);
  create policy "own ""er" on ${at('guarded')} using (true);
  create table ${at('closed')} (id int primary key);
  alter table ${at('closed')} enable row level security;
  grant select on ${at('closed')} to "Some Body";
  create view ${at('v iew')} as select id from ${at('closed')};
  grant select on ${at('v iew')} to public;
  create function ${at('de finer')}(a int, "B b" text default 'it''s') returns int security definer language plpgsql as 'begin return 1; end';
  create procedure ${at('de finer p')}(inout a int) security definer language plpgsql as 'begin a := 1; end';
  grant create on schema ${q(SCHEMA)} to public;
  alter default privileges in schema ${q(SCHEMA)} grant select, insert on tables to public;
  alter default privileges for role "Some Body" grant usage on sequences to public;

  alter table ${PARENT} set (autovacuum_enabled = false, toast.autovacuum_enabled = false);
  create table ${REALTIME} (id int primary key);
  create publication pg_events for table ${REALTIME};
  select pg_create_physical_replication_slot('doctor_${process.pid}', true);`

/** What only some servers have. */
export async function makeIll(db: Db): Promise<void> {
  await db.script(EVERYWHERE)
  if (db.server.major >= 18) await db.script(`alter table ${at('keyed')} add constraint "not n" not null x not valid`)
  await db.script(`
    create collation ${at('co ll')} (provider = icu, locale = 'de');
    create index "sor ted" on ${at('held')} ((v::text collate ${at('co ll')}));
    update pg_collation set collversion = '1' where collname = 'co ll'`)
  await counted(db)
}

/** PostgreSQL counts what was written a moment later. */
async function counted(db: Db): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
    if (db.server.major >= 15) await db.script('select pg_stat_force_next_flush()')
    const [row] = await db.query(`select pg_stat_get_mod_since_analyze(${quoteText(at(LONG))}::regclass) > 0 as seen`)
    if (row!.seen) return
  }
}

/** Those, and no others, by id. */
export const ILLS: readonly string[] = [
  ...['autovacuum-off', 'collation-version', 'default-public', 'definer-search-path', 'duplicate-index', 'events-missing'],
  ...['extension-missing', 'extension-update', 'fk-index', 'invalid-index', 'never-analysed', 'no-primary-key', 'not-validated'],
  ...['idle-transaction', 'policy-without-rls', 'prepared-transaction', 'public-create', 'redundant-index', 'replica-identity'],
  ...['long-transaction', 'rls-without-policy', 'sequence-end', 'slot', 'unsafe-writes', 'view-bypasses-rls'],
]

/** All that looks like an ill, and is none. */
export const WELL = `
  set search_path = public;
  create extension citext;
  create table p (id int primary key, a text, b text, c int, d citext);
  create index on p (a);
  create index on p (a desc, id);
  create index on p (a text_pattern_ops);
  create index on p (a collate "C");
  create index on p (a) where b is not null;
  create index on p (lower(a));
  create index on p (upper(a));
  create index on p using hash (a);
  create index on p using brin (id);
  create index on p (b) include (c);
  create index on p (b, c) where c > 0;
  create index on p (b desc);
  create index on p (c, b);
  alter table p cluster on p_c_b_idx;
  alter table p add constraint late unique (id) deferrable;
  create unique index by_c on p (c);
  create table referring (id int primary key, c int references p (c), x int references p on delete cascade, y int, z int references p);
  alter table p add constraint also_c unique (c) include (a);
  create index on referring (c) where c is not null;
  create index on referring (x, y);
  create index on referring using hash (z);
  create table two (x int, y int, primary key (x, y));
  create table four (x int, y int, z int, primary key (z), foreign key (x, y) references two on delete cascade);
  create index on four (y, x, z);
  create table whole (id int, p int references p on delete cascade, primary key (id, p)) partition by range (id);
  create index on whole (p);
  create table whole_1 partition of whole for values from (0) to (10);
  create table tree (id int primary key, parent int references tree on delete cascade);
  create index on tree (parent) where (parent is not null);
  create sequence round maxvalue 10 cycle;
  select setval('round', 10);
  create sequence down increment -1;
  select nextval('down');
  create table hidden (id int primary key);
  alter table hidden enable row level security;
  create view of_hidden as select id from hidden;
  create table seen (id int primary key);
  alter table seen enable row level security;
  create policy own on seen using (id > 0);
  grant select on seen to public;
  create function pathed() returns int security definer set search_path = '' language plpgsql as 'begin return 1; end';
  create function bound() returns int security definer language sql return 1;
  create function closed() returns int security definer language plpgsql as 'begin return 1; end';
  revoke execute on function closed() from public;
  create schema "pgext";
  revoke create on schema public from public;
  create table keyed (id int not null unique);
  alter table keyed replica identity using index keyed_id_key;
  create publication told for table keyed, p;
  create publication quiet for table hidden with (publish = 'insert')`

// The tables that the soak writes to, and what is told of a row of each: who it is, how often it was changed, in which transaction.

export interface Table {
  readonly name: string
  /** where these stand in a row */
  readonly uid: number
  readonly version: number
  readonly txn: number
}

export const TABLES: readonly Table[] = [
  {name: 'ledger', uid: 0, version: 1, txn: 0},
  {name: 'account', uid: 1, version: 2, txn: 3},
  {name: 'loose', uid: 0, version: 1, txn: 2},
  {name: 'part', uid: 2, version: 3, txn: 4},
  {name: 'job', uid: 1, version: 2, txn: 3},
  {name: 'scratch', uid: 0, version: 1, txn: 2},
]

/** Each of them is written to by every writer: a key, no key, partitions between which rows move, a trigger that goes on with the row. */
export const SCHEMA = `
create table ledger (txn bigint primary key, version int not null default 0, changes int not null);
create table account (id bigint primary key, uid bigint, version int, txn bigint, note text);
create table loose (uid bigint, version int, txn bigint, note text);
create index on loose (uid);
create table part (id bigint, region int, uid bigint, version int, txn bigint, note text, primary key (id, region)) partition by list (region);
create table part_0 partition of part for values in (0);
create table part_1 (region int, note text, gone int, txn bigint, id bigint, version int, uid bigint);
alter table part_1 drop gone, alter id set not null, alter region set not null;
alter table part attach partition part_1 for values in (1);
create table part_2 partition of part default;
create table job (id bigint primary key, uid bigint, version int, txn bigint, stage int);
create function go_on() returns trigger language plpgsql as $$ begin
  update public.job set stage = stage + 1, version = version + 1 where id = new.id;
  return null; end $$;
create trigger go_on after insert or update on job for each row when (new.stage < 3) execute function go_on();
create table scratch (uid bigint, version int, txn bigint, note text);
alter table account replica identity full;
create publication pg_events for table ${TABLES.map(({name}) => name).join(', ')} with (publish = '');
`

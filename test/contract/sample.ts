// A major in, SQL that makes at least one row of every sort in every catalog out. Each statement with the first major that knows it.

const SAMPLE: readonly (readonly [number, string])[] = [
  [14, `create role contract_a; create role contract_b valid until '2031-05-06'; comment on role contract_a is 'one'`],
  [14, `grant contract_a to contract_b with admin option`],
  [14, `create schema s; create schema s2; comment on schema s is 'of the contract'; grant usage on schema s to contract_a`],
  [14, `create extension citext schema s; create extension hstore schema s`],
  [14, `create collation s.c (provider = libc, locale = 'C'); create collation s.c2 (provider = libc, locale = 'POSIX')`],
  [14, `create collation s.split (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX')`],
  [14, `create collation s.icu (provider = icu, locale = 'de', deterministic = false)`],
  [16, `create collation s.rules (provider = icu, locale = 'de', rules = '&a < g')`],
  [14, `create type s.mood as enum ('sad', 'ok', 'happy'); grant usage on type s.mood to contract_a`],
  [14, `create type s.pair as (a int, b varchar(5), c text collate s.c)`],
  [14, `create domain s.positive as numeric(5, 2) default 1 constraint given not null constraint above check (value > 0)`],
  [14, `create domain s.word as text collate s.c; alter domain s.word add constraint short check (length(value) < 9) not valid`],
  [
    14,
    `create function s.diff(s.word, s.word) returns float8 language sql immutable as 'select 1.0::float8';
     create type s.spans; create function s.canonical(s.spans) returns s.spans language internal immutable strict as 'int4range_canonical';
     create type s.spans as range (subtype = int, canonical = s.canonical, subtype_diff = int4range_subdiff);
     create type s.words as range (subtype = text, collation = s.c, subtype_opclass = text_pattern_ops, multirange_type_name = s.manywords)`,
  ],
  [
    14,
    `create type s.base; create function s.base_in(cstring) returns s.base language internal immutable strict as 'int4in';
     create function s.base_out(s.base) returns cstring language internal immutable strict as 'int4out';
     create type s.base (input = s.base_in, output = s.base_out, internallength = 4, passedbyvalue, alignment = int4, category = 'X', default = '1')`,
  ],
  [
    14,
    `create function s.f(a int, b text default 'x', out c int, out d text) language plpgsql stable strict security definer leakproof
       parallel safe cost 7 set work_mem = '1MB' as $$ begin end $$;
     create function s.g(variadic a int[]) returns setof int language sql rows 5 support generate_series_int4_support as 'select 1';
     create function s.atomic(a int) returns int language sql begin atomic select a; end;
     create function s.c(cstring) returns int language internal strict as 'int4in';
     create function s.state(int, int) returns int language sql immutable as 'select $1';
     create function s.final(int) returns int language sql immutable as 'select $1';
     create function s.back(int, int) returns int language sql immutable as 'select $1';
     create function s.serial(internal) returns bytea language internal parallel safe strict as 'numeric_serialize';
     create function s.deserial(bytea, internal) returns internal language internal parallel safe strict as 'numeric_deserialize';
     create function s.less(s.pair, s.pair) returns bool language sql immutable as 'select false';
     create function s.more(s.pair, s.pair) returns bool language sql immutable as 'select false';
     create function s.compare(s.pair, s.pair) returns int language sql immutable as 'select 1';
     create function s.compare(s.pair, int) returns int language sql immutable as 'select 1';
     create function s.less(s.pair, int) returns bool language sql immutable as 'select false';
     create function s.to_mood(text) returns s.mood language sql immutable as 'select null::s.mood';
     create function s.fired() returns trigger language plpgsql as $$ begin return new; end $$;
     create function s.watched() returns event_trigger language plpgsql as $$ begin end $$;
     alter function s.final(int) depends on extension citext; grant execute on function s.final(int) to contract_a;
     comment on function s.final(int) is 'final'`,
  ],
  [
    14,
    `create procedure s.p(a int, inout b int default 1) language plpgsql security definer set work_mem = '2MB' as $$ begin end $$`,
  ],
  [
    14,
    `create procedure s.pa(a int) language sql begin atomic select a + 1; end; create function s.atomic2(a int) returns int language sql begin atomic select a + 2; end; create procedure s.pb(a int) language sql begin atomic select a + 3; end`,
  ],
  [
    14,
    `create aggregate s.total(a int) (sfunc = s.state, stype = int, sspace = 9, finalfunc = s.final, finalfunc_modify = shareable,
       combinefunc = s.state, initcond = '0', msfunc = s.state, minvfunc = s.back, mstype = int, msspace = 3, mfinalfunc = s.final,
       mfinalfunc_modify = shareable, minitcond = '0', sortop = <, parallel = safe);
     create aggregate s.wide(numeric) (sfunc = numeric_avg_accum, stype = internal, serialfunc = numeric_avg_serialize,
       deserialfunc = numeric_avg_deserialize, combinefunc = numeric_avg_combine, finalfunc = numeric_avg);
     create aggregate s.rank(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final,
       finalfunc_extra, hypothetical);
     create aggregate s.perc(float8 order by float8) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_cont_float8_final)`,
  ],
  [
    14,
    `create operator s.<<< (function = s.less, leftarg = s.pair, rightarg = s.pair, commutator = operator(s.>>>), restrict = scalarltsel, join = scalarltjoinsel, hashes, merges);
     create operator s.>>> (function = s.more, leftarg = s.pair, rightarg = s.pair, commutator = operator(s.<<<), negator = operator(s.<=<));
     create operator s.<=< (function = s.less, leftarg = s.pair, rightarg = s.pair, negator = operator(s.>>>));
     create operator s.<<< (function = s.less, leftarg = s.pair, rightarg = int)`,
  ],
  [
    14,
    `create operator family s.fam using btree;
     create operator class s.ops default for type s.pair using btree family s.fam as operator 1 s.<<< , function 1 s.compare(s.pair, s.pair);
     create operator class s.ops2 for type s.pair using btree as operator 5 s.>>>, function 1 s.compare(s.pair, s.pair);
     create operator class s.store for type point using gist as operator 15 <->(point, point) for order by float_ops, storage box;
     alter operator family s.fam using btree add operator 1 s.<<< (s.pair, int), function 1 (s.pair, int) s.compare(s.pair, int);
     create operator family s.gfam using gist; create function s.dist(s.pair, s.pair) returns float8 language sql immutable as 'select 1.0::float8';
     create operator s.<-> (function = s.dist, leftarg = s.pair, rightarg = s.pair);
     alter operator family s.gfam using gist add operator 15 s.<->(s.pair, s.pair) for order by float_ops`,
  ],
  [14, `create cast (text as s.mood) with function s.to_mood(text) as assignment; create cast (s.mood as text) with inout`],
  [
    14,
    `create conversion s.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8; create default conversion s.conv2 for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1`,
  ],
  [
    14,
    `create function s.from_sql(internal) returns internal language internal immutable strict as 'varcharin';
     create function s.to_sql(internal) returns s.pair language internal immutable strict as 'varcharin';
     create transform for s.pair language plpgsql (from sql with function s.from_sql(internal), to sql with function s.to_sql(internal));
     create function s.transformed(a s.pair) returns int transform for type s.pair language plpgsql as $$ begin end $$`,
  ],
  [
    14,
    `create language own handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator; create trusted language own2 handler plpgsql_call_handler; grant usage on language own2 to contract_a`,
  ],
  [14, `create access method am type table handler heap_tableam_handler; create access method am2 type index handler bthandler`],
  [
    14,
    `create text search parser s.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
     create text search template s.template (init = dsimple_init, lexize = dsimple_lexize);
     create text search dictionary s.dict (template = simple, stopwords = 'english', accept = false);
     create text search configuration s.conf (parser = s.parser);
     alter text search configuration s.conf add mapping for word, asciiword with s.dict, simple`,
  ],
  [
    14,
    `create foreign data wrapper w options (a '1'); create foreign data wrapper w2 validator postgresql_fdw_validator; grant usage on foreign data wrapper w to contract_a;
     create function s.handler() returns fdw_handler language internal as 'dsimple_init'; alter foreign data wrapper w handler s.handler;
     create server srv type 't' version '1' foreign data wrapper w options (b '2'); create server srv2 foreign data wrapper w; grant usage on foreign server srv to contract_a;
     create user mapping for contract_a server srv options (password 'x'); create user mapping for public server srv;
     create foreign table s.ft (a int default 1 not null, b text options (k 'v') collate s.c, g int generated always as (a + 1) stored) server srv options (o 'x');
     alter foreign table s.ft alter column b set (n_distinct = 5), alter column a set statistics 7; grant select (a) on s.ft to contract_a`,
  ],
  [
    14,
    `create sequence s.free; create sequence s.seq as int start 5 minvalue 2 maxvalue 900 increment 2 cache 3 cycle; grant usage on sequence s.seq to contract_a;
     create table s.t (id int generated always as identity (start 5 maxvalue 900 cache 2) primary key, note text collate s.c default 'x' not null, num numeric(8, 2) not null default 1.5,
       other int generated always as (1 + 1) stored, third int generated always as (2 + 2) stored, seq int default 7, span int4range, word s.word,
       constraint positive check (num > 0), constraint second check (num < 90) no inherit, constraint u unique (note) include (num) with (fillfactor = 60) deferrable,
       constraint apart exclude using gist (span with &&) where (num > 1), constraint apart2 exclude using btree (lower(note) with =) ) with (fillfactor = 70, toast.autovacuum_enabled = off);
     alter sequence s.seq owned by s.t.seq;
     create unique index t_lower on s.t (lower(note) collate s.c text_pattern_ops desc, num) include (seq) with (fillfactor = 50) where num > 3;
     create index t_two on s.t (num, lower(word)); alter index s.t_two alter column 2 set statistics 9; alter index s.t_two depends on extension citext;
     create index t_gist on s.t using gist (span); create index t_hash on s.t using hash (num); create index t_sig on s.t using gist (to_tsvector('simple', note) tsvector_ops (siglen = 50));
     alter table s.t cluster on t_pkey; alter table s.t enable row level security, alter note set statistics 5, alter note set (n_distinct = 7), alter note set storage external, alter note set compression pglz;
     alter table s.t add constraint late check (num <> 7) not valid;
     grant select on s.t to contract_a; grant update (note) on s.t to contract_b; comment on table s.t is 't'; comment on column s.t.note is 'n';
     create table s.ref (a int references s.t (id) on delete cascade deferrable, b int, c int, foreign key (a) references s.t (id) not valid) using am;
     alter table s.ref replica identity full; create table s.known (a int not null); create unique index known_a on s.known (a); alter table s.known replica identity using index known_a;
     create table s.typed of s.pair; create unlogged table s.unlogged (a int); create table s.gen (a int, b int generated always as (a + 1) stored, c int); create table s.unlogged2 (a int, b int); create table s.child (own int) inherits (s.t, s.known);
     create foreign table s.fchild (a int not null) inherits (s.known) server srv`,
  ],
  [15, `create table s.setnull (a int, b int, foreign key (a) references s.t (id) on delete set null (a))`],
  [
    15,
    `create table s.nulls (a int, b int, constraint n unique nulls not distinct (a)); create unique index nulls_b on s.nulls (b) nulls not distinct`,
  ],
  [
    18,
    `create table s.period (a int4range, b tsrange, primary key (a, b without overlaps)); create table s.uperiod (a int4range, b tsrange, unique (a, b without overlaps));
        create table s.fperiod (a int4range, b tsrange, foreign key (a, period b) references s.period (a, period b))`,
  ],
  [
    18,
    `create table s.soft (a int, constraint soft check (a > 0) not enforced, b int references s.t (id) not enforced, constraint nn not null b no inherit, c int); alter table s.soft add constraint cc not null c not valid`,
  ],
  [18, `create table s.virtual (a int, b int generated always as (a + 1))`],
  [
    14,
    `create table s.parts (id int not null, at date not null, primary key (id, at)) partition by range (at, id); create table s.byexpr (id int, at date) partition by range (at, (id + 1) int4_ops); create table s.byexpr2 (id int, at date) partition by range ((id + 2)); create table s.parts1 partition of s.parts for values from ('2020-01-01', 1) to ('2021-01-01', 1);
     create table s.parts2 partition of s.parts default partition by list (id); create table s.parts3 partition of s.parts2 default; create index parts_at on s.parts (at desc); create index parts_id on s.parts (id); create index parts_expr on s.parts ((id + 1)) where id > 2; create index parts_expr2 on s.parts ((id + 3)) where id > 4;
     create table s.list (a text not null) partition by list (a collate "C" text_pattern_ops); create table s.list1 partition of s.list for values in ('a'); create foreign table s.flist partition of s.list for values in ('b') server srv;
     create table s.fk (id int, at date, foreign key (id, at) references s.parts (id, at)) partition by hash (id); create table s.fk1 partition of s.fk for values with (modulus 2, remainder 0);
     create trigger up before insert on s.parts1 for each row execute function s.fired();
     create trigger below after insert on s.parts for each row execute function s.fired(); alter table s.parts1 disable trigger below;
     alter table s.parts enable row level security`,
  ],
  [
    14,
    `create view s.v with (security_barrier = true) as select id, note, num, word from s.t; alter view s.v alter note set default 'y'; grant select on s.v to contract_a; grant update (note) on s.v to contract_b; create view s.v2 as select id + 1 as id from s.t;
     create materialized view s.m with (fillfactor = 80, toast.autovacuum_enabled = off) as select id, note, num from s.t; create materialized view s.m2 as select 1 as one; create index m_id on s.m (id); alter materialized view s.m depends on extension citext;
     alter materialized view s.m alter note set statistics 5, alter note set (n_distinct = 7), alter note set storage external, alter note set compression pglz; grant select on s.m to contract_a; grant select (note) on s.m to contract_b`,
  ],
  [
    14,
    `create trigger plain before insert or update of note on s.t for each row when (new.num > 1) execute function s.fired('a'); alter trigger plain on s.t depends on extension citext;
     create trigger plain2 before insert on s.t for each row when (new.num > 2) execute function s.fired('b');
     create trigger tables after update on s.t referencing old table as o new table as n for each statement execute function s.fired();
     create constraint trigger tardy after insert on s.t from s.ref deferrable initially deferred for each row execute function s.fired()`,
  ],
  [
    14,
    `create rule r as on insert to s.ref where new.a > 5 do instead nothing; create rule r2 as on update to s.ref where new.a > 6 do also delete from s.known; create rule r3 as on update to s.ref where new.a > 8 do also delete from s.unlogged;
     create policy pol on s.t for update to contract_a using (num > 2) with check (num > 3); create policy pol2 on s.t as restrictive using (num > 4) with check (num > 5)`,
  ],
  [
    14,
    `create statistics s.st (ndistinct, mcv) on note, num from s.t; alter statistics s.st set statistics 7; create statistics s.st2 on num, (lower(note)) from s.t; create statistics s.st3 on num, (upper(note)) from s.t`,
  ],
  [
    14,
    `create publication pub for table s.t with (publish = 'insert, update', publish_via_partition_root = true); create publication pub2 for all tables`,
  ],
  [
    15,
    `create publication pub3 for table only s.known (a) where (a > 3), table s.unlogged2 where (a > 4); create publication pub4 for tables in schema s2`,
  ],
  [
    14,
    `create event trigger ev on ddl_command_start when tag in ('CREATE TABLE', 'DROP TABLE') execute function s.watched(); alter event trigger ev disable; create event trigger ev2 on sql_drop execute function s.watched()`,
  ],
  [
    14,
    `create subscription sub connection 'dbname=none' publication pub with (connect = false, enabled = false, slot_name = none)`,
  ],
  [15, `grant set on parameter work_mem to contract_a`],
  [
    14,
    `alter role contract_a set work_mem = '3MB'; alter role contract_b set work_mem = '4MB'; alter role contract_a in database pgext_contract set work_mem = '5MB'; alter database pgext_contract set work_mem = '6MB'; alter role all set statement_timeout = '9h'`,
  ],
  [
    14,
    `alter default privileges for role contract_a in schema s grant select on tables to contract_b; alter default privileges for role contract_a grant execute on functions to contract_b`,
  ],
  [14, `comment on extension citext is 'mine'; comment on rule r on s.ref is 'r'`],
  [14, `grant select on s.t to public`],
  [14, `revoke execute on function s.citextin(cstring) from public`],
  [
    14,
    `insert into pg_catalog.pg_seclabel values ('s.t'::regclass, 'pg_class'::regclass, 0, 'none', 'secret'); insert into pg_catalog.pg_shseclabel select oid, 'pg_authid'::regclass, 'none', 'secret' from pg_catalog.pg_roles where rolname = 'contract_a'`,
  ],
  [
    14,
    `insert into pg_catalog.pg_init_privs select p.oid, 'pg_proc'::regclass, 0, 'e', array[makeaclitem(10, 10, 'EXECUTE', false)] from pg_catalog.pg_proc p where p.oid = 's.citextin(cstring)'::regprocedure`,
  ],
]

export function sampleFor(major: number): string[] {
  return SAMPLE.filter(([first]) => major >= first).map(([, sql]) => sql)
}

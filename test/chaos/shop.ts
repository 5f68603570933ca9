// A shop as it stands in, and as its owner wants it: between them a plan of every kind of step; rows, and what is left of them.

export const BASE = `
create schema shop;
create type shop.status as enum ('new', 'paid', 'done');
create table shop.customer (id int not null, email text, name varchar(20), city text, note text, born date);
create table shop.purchase (id int generated always as identity primary key, customer int, status shop.status not null default 'new',
  amount numeric(8, 2), placed timestamptz not null, memo text, tags text[]);
create index purchase_customer on shop.purchase (customer);
create index purchase_memo on shop.purchase (memo);
create index purchase_placed on shop.purchase (placed);
create index purchase_tags on shop.purchase using gin (tags);
create table shop.line (purchase int, item text, qty int, price int);
create table shop.old_note (id int primary key, note text);
create unique index line_key on shop.line (purchase, item);
create table shop.visit (at date not null, who int) partition by range (at);
create table shop.visit_2023 partition of shop.visit for values from ('2023-01-01') to ('2024-01-01');
create table shop.visit_2024 partition of shop.visit for values from ('2024-01-01') to ('2025-01-01');
create table shop.log (at date not null, line text) partition by range (at);
create table shop.log_old partition of shop.log for values from ('2020-01-01') to ('2024-01-01');
create table shop.log_new partition of shop.log for values from ('2024-01-01') to ('2030-01-01');
create table shop.stock (item text primary key, left_over int, code varchar(10), constraint stock_positive check (left_over >= 0));
create materialized view shop.spent as select customer, sum(amount) as total from shop.purchase group by customer;
create unique index spent_customer on shop.spent (customer);
create view shop.paid as select id, customer from shop.purchase where status = 'paid';
create function shop.total(c int) returns numeric language sql stable as 'select sum(amount) from shop.purchase where customer = c';
`

export const DESIRED = `
create schema shop;
create type shop.status as enum ('new', 'paid', 'sent', 'done', 'back');
create domain shop.quantity as int check (value >= 0);
create table shop.customer (id int primary key, email text not null constraint customer_email unique, name varchar(40) not null,
  city text, note text, born date, since timestamptz default now(),
  constraint customer_born check (born > '1900-01-01'), constraint customer_city check (city <> ''));
create index customer_city on shop.customer (city);
create index customer_name on shop.customer (lower(name));
create table shop.purchase (id int generated always as identity constraint purchase_pkey primary key, customer int not null,
  status shop.status not null default 'sent', amount numeric(12, 2), placed timestamptz not null, memo text, tags text[],
  constraint purchase_customer_fkey foreign key (customer) references shop.customer (id) on delete cascade,
  constraint purchase_amount check (amount >= 0));
create index purchase_customer on shop.purchase (customer, placed);
create index purchase_tags on shop.purchase using gin (tags) with (fastupdate = off);
create index purchase_placed on shop.purchase (placed desc, id);
create index purchase_sent on shop.purchase (placed) where status = 'sent';
create table shop.line (purchase int not null, item text not null, qty int not null, price int,
  token uuid not null default gen_random_uuid(),
  constraint line_key primary key (purchase, item),
  constraint line_purchase_fkey foreign key (purchase) references shop.purchase (id),
  constraint line_item_fkey foreign key (item) references shop.stock (item) deferrable);
create index line_item on shop.line (item) include (qty);
create table shop.visit (at date not null, who int) partition by range (at);
create table shop.visit_2023 (at date not null, who int);
create table shop.visit_2024 partition of shop.visit for values from ('2024-01-01') to ('2025-01-01');
create table shop.visit_2025 partition of shop.visit for values from ('2025-01-01') to ('2026-01-01');
create index visit_who on shop.visit (who);
create table shop.log (at date not null, line text) partition by range (at);
create table shop.log_old (at date not null, line text);
create table shop.log_new partition of shop.log for values from ('2024-01-01') to ('2030-01-01');
create table shop.stock (item text primary key, left_over shop.quantity, code text not null, constraint stock_code unique (code));
create table shop.remark (id int primary key, remark text);
create table shop.parcel (id uuid primary key, purchase int references shop.purchase (id), weight int);
create materialized view shop.spent as select customer, sum(amount) as total, count(*) as purchases from shop.purchase group by customer;
create unique index spent_customer on shop.spent (customer);
create view shop.paid as select id, customer, amount from shop.purchase where status in ('paid', 'sent');
create function shop.total(c int) returns numeric language sql stable as 'select coalesce(sum(amount), 0) from shop.purchase where customer = c';
create function shop.touch() returns trigger language plpgsql as $$ begin new.note = coalesce(new.note, ''); return new; end $$;
create trigger touch before update on shop.customer for each row execute function shop.touch();
create policy own on shop.customer using (name = current_user);
comment on table shop.parcel is 'on their way';
`

/** What people write by hand. */
export const BY_HAND = `
CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_email_lower ON shop.customer (lower(email));

BEGIN;
UPDATE shop.purchase SET memo = memo || '!' WHERE id <= 500;
INSERT INTO shop.stock (item, left_over, code) VALUES ('late', 1, 'late');
COMMIT;

REINDEX INDEX CONCURRENTLY shop.purchase_customer;
REINDEX TABLE CONCURRENTLY shop.customer;
ALTER TABLE shop.log DETACH PARTITION shop.log_old CONCURRENTLY;
VACUUM (ANALYZE) shop.line;
REFRESH MATERIALIZED VIEW CONCURRENTLY shop.spent;
DROP INDEX CONCURRENTLY shop.customer_email_lower;
INSERT INTO shop.stock (item, left_over, code) VALUES ('last', 1, 'last');
`

export const ROWS = `
insert into shop.stock select 'item' || n, n, 'c' || n from generate_series(1, 50) n;
insert into shop.customer select n, n || '@example.com', 'name ' || n, 'city ' || n % 100, null, '1980-01-01' from generate_series(1, 5000) n;
insert into shop.purchase (customer, status, amount, placed, memo, tags)
  select 1 + n % 5000, 'paid', n % 1000, '2024-01-01'::timestamptz + n * interval '1 minute', 'memo ' || n, array['t' || n % 7, 'u' || n % 11]
  from generate_series(1, 20000) n;
insert into shop.line select n, 'item' || 1 + n % 50, n % 5, n from generate_series(1, 20000) n;
insert into shop.old_note select n, 'note ' || n from generate_series(1, 1000) n;
insert into shop.log select '2020-01-01'::date + n % 3000, 'line ' || n from generate_series(1, 3000) n;
insert into shop.visit select '2023-01-01'::date + n % 700, n from generate_series(1, 5000) n;
refresh materialized view shop.spent;
analyze;
`

/** Every planted row, with its values, and what the hand-written part does to them, once. */
export const KEPT = `
  select (select json_agg(x)::text from (values
    ((select count(*) || ' ' || sum(hashtext(concat(id, email, name, city, born))::bigint) from shop.customer)),
    ((select count(*) || ' ' || sum(hashtext(concat(id, customer, status, amount, memo, tags))::bigint) from shop.purchase)),
    ((select count(*) || ' ' || count(distinct to_jsonb(x) ->> 'token') || ' ' || sum(hashtext(concat(purchase, item, qty, price))::bigint) from shop.line x)),
    ((select count(*) || ' ' || sum(hashtext(concat(id, remark))::bigint) from shop.remark)),
    ((select count(*) || ' ' || sum(hashtext(concat(at, who))::bigint) from shop.visit)),
    ((select count(*) || ' ' || sum(hashtext(concat(at, who))::bigint) from shop.visit_2023)),
    ((select count(*) || ' ' || sum(hashtext(concat(at, line))::bigint) from shop.log)),
    ((select count(*) || ' ' || sum(hashtext(concat(at, line))::bigint) from shop.log_old)),
    ((select count(*) || ' ' || sum(hashtext(concat(item, left_over, code))::bigint) from shop.stock)),
    ((select count(*) || ' ' || sum(hashtext(concat(customer, total))::bigint) from shop.spent))) v (x)) as kept`

/** What a run that was cut off may leave behind, looked for without pgext's own eyes. */
export const LEFT = `
  select 'invalid index ' || indexrelid::regclass as left from pg_index where not (indisvalid and indisready and indislive)
  union all select 'constraint not valid ' || conname from pg_constraint where not convalidated
  union all select 'a name of its own ' || relname from pg_class where relname ~ '__(new|old)|_cc(new|old)|pgext_' and relnamespace <> 'pgext'::regnamespace
  union all select 'a name of its own ' || conname from pg_constraint where conname ~ '__(new|old)|_not_null_check|pgext' and connamespace <> 'pgext'::regnamespace
  union all select 'a partition on its way out ' || inhrelid::regclass from pg_inherits where inhdetachpending
  union all select 'not finished: ' || version from pgext.migration where not finished or applied_at is null
  union all select 'a part that is ' || state || ': ' || version || '/' || block from pgext.migration_block where state <> 'done' or done_at is null
  order by 1`

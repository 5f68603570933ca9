create schema other;
create type state as enum ('open', 'paid');
create sequence numbers;
create table customers (id integer primary key, name text not null, credit numeric not null default 0, unused text);
create table orders (
  id integer primary key, customer_id integer references customers, note text, total numeric, state state not null default 'open',
  touched timestamptz, spare text, copied text
);
create table log (id serial primary key, what text, at timestamptz default now(), extra text);
create table other.orders (id integer primary key, remark text);
create view open_orders as select id, note, total from orders where state = 'open';
insert into customers values (1, 'a', 5), (2, 'b', 0);
insert into orders (id, customer_id, note, total, spare) values (1, 1, 'n', 3, 's'), (2, 2, null, 4, null);
insert into other.orders values (1, 'r');

create function tax(amount numeric) returns numeric language sql as $$ select amount * 0.19 $$;
create function with_tax(amount numeric) returns numeric language plpgsql as $$ begin return amount + tax(amount); end $$;
create function atomic_total(c integer) returns numeric begin atomic select sum(o.total) from orders o where o.customer_id = c; end;
create function sql_notes() returns setof text language sql as $$ select note from orders where state = 'open' order by 1 $$;
create function sql_rows(c integer) returns setof orders language sql as $$ select * from orders o where o.customer_id = c $$;
create function sql_named(customer integer) returns text language sql as $$ select name from customers where id = sql_named.customer $$;
create function add_order(c integer, t numeric) returns integer language plpgsql as $$
declare
  made integer := (select coalesce(max(id), 0) + 1 from orders);
begin
  insert into orders (id, customer_id, total) values (made, c, t);
  insert into log values (default, 'made ' || made);
  return made;
end $$;
create function pay(o integer) returns void language plpgsql as $$
declare r record;
begin
  update orders set state = 'paid', touched = now() where id = o;
  for r in select * from orders where id = o loop
    perform with_tax(r.total);
  end loop;
end $$;
create function look(o integer) returns text language plpgsql as $$
declare row orders%rowtype; what customers.name%type;
begin
  select * into row from orders where id = o;
  select c.name into what from customers c where c.id = row.customer_id;
  return what || row.note;
end $$;
create function touch() returns trigger language plpgsql as $$
begin
  new.touched := now();
  if new.total is distinct from old.total then new.copied := 'changed'; end if;
  return new;
end $$;
create trigger touch before update on orders for each row execute function touch();
create function dynamic(name text) returns bigint language plpgsql as $$
declare n bigint;
begin
  execute format('select count(%I) from customers', name) into n;
  return n;
end $$;
create function constant() returns void language plpgsql as $$ begin execute 'update log set extra = ''x'''; end $$;
create function temporary() returns bigint language plpgsql as $$
declare n bigint;
begin
  create temp table if not exists scratch as select id, remark from other.orders;
  select count(*) into n from scratch;
  drop table scratch;
  return n;
end $$;
create function elsewhere() returns text language plpgsql set search_path = other, public as $$ begin return (select remark from orders limit 1); end $$;
create function next_number() returns bigint language plpgsql as $$ begin return nextval('numbers'); end $$;
create function kinds(a state) returns boolean language plpgsql as $$ declare b state := 'paid'; begin return a = b; end $$;
create function through() returns numeric language plpgsql as $$ begin return (select sum(total) from open_orders); end $$;
create function merged() returns void language plpgsql as $$
begin
  insert into customers (id, name) values (9, 'z') on conflict (id) do update set credit = customers.credit + 1;
end $$;
create function any_of(a anyelement, b anyelement) returns anyelement language plpgsql as $$ begin perform 1 from log where what = 'x'; return coalesce(a, b); end $$;
create procedure close_all() language plpgsql as $$ begin delete from log where at < now(); call note('all'); end $$;
create procedure note(t text) language sql as $$ insert into log (what) values (t) $$;
create function positions() returns text language plpgsql as $$
declare a integer; b text; c numeric;
begin
  select * into a, b, c from customers where id = 1;
  return b || c;
end $$;
create function exists_any() returns boolean language plpgsql as $$
begin
  if not exists (select * from customers where id = 1) then return false; end if;
  return exists (select c.* from customers c);
end $$;
create function by_cursor() returns text language plpgsql as $$
declare c cursor (lowest integer) for select o.id, o.note from orders o where o.id >= lowest; r record; found_note text;
begin
  open c(1);
  fetch c into r;
  close c;
  for one in c(1) loop found_note := one.note; end loop;
  return r.note || found_note;
end $$;
create function returning_one() returns text language plpgsql as $$
declare v text;
begin
  update orders o set note = s.what from (select l.what from log l limit 1) s where o.id = 2 returning o.copied into v;
  delete from orders where spare = 'never' returning note into v;
  return v;
end $$;
create function in_cte() returns bigint language plpgsql as $$
begin
  return (with made as (select remark as r from other.orders), seen as materialized (select count(*) as n from made where r is not null) select n from seen);
end $$;
create function moved() returns integer language sql as $$
  with gone as (delete from log where extra = 'gone' returning what) insert into customers (id, name) select 100 + row_number() over (), what from gone;
  select 1;
$$;
create function whole() returns json language plpgsql as $$ begin return (select row_to_json(o) from orders o limit 1); end $$;
create function in_table(lowest numeric) returns table (who text, much numeric) language plpgsql as $$
begin
  return query select c.name, c.credit from customers c where c.credit >= lowest;
end $$;
create function kept(o integer) returns orders language plpgsql as $$
declare r orders;
begin
  select * into r from orders where orders.id = o;
  if r.spare is not null then r.copied := 'kept'; end if;
  return r;
end $$;
create function handled() returns text language plpgsql as $$
begin
  perform 1 / 0;
exception when division_by_zero then
  return (select max(what) from log);
end $$;
create function looped() returns numeric language plpgsql as $$
declare a numeric; s numeric := 0;
begin
  foreach a in array (select array_agg(total) from orders) loop s := s + coalesce(a, 0); end loop;
  for i in 1..(select count(*) from customers where credit > 0) loop s := s + i; end loop;
  while s < 0 loop exit; end loop;
  case when s > 0 then return s; else return (select sum(credit) from customers); end case;
end $$;
create function two_ways(o orders) returns text language sql as $$ select o.note || (select name from customers c where c.id = o.customer_id) $$;
create function ordinal() returns setof customers language plpgsql as $$ begin return query select * from customers order by name; end $$;
create function unused_by_all() returns integer language sql as $$ select 1 $$;
create table priced (id integer, price numeric default tax(1), constraint fits check (with_tax(price) > 0));
create index by_tax on priced (id) where id > 0;
alter table orders enable row level security;
create policy seen on orders using (look(id) is not null);

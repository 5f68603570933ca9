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
insert into orders (id, customer_id, note, total) values (1, 1, 'n', 3), (2, 2, null, 4);
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
create function unused_by_all() returns integer language sql as $$ select 1 $$;
create table priced (id integer, price numeric default tax(1), constraint fits check (with_tax(price) > 0));
create index by_tax on priced (id) where id > 0;
alter table orders enable row level security;
create policy seen on orders using (look(id) is not null);

-- What the pages take for granted: a small shop, migrated.
create schema app;

create table users (
  id bigint generated always as identity primary key,
  name text not null
);

create table orders (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  total numeric not null default 0,
  note text,
  notes text
);

create view open_orders as select id, note from orders;

create table todos (
  id bigint generated always as identity primary key,
  title text not null
);

grant select on todos to authenticated;

create publication pg_events for table orders with (publish = '');

create function look(wanted integer) returns text
  language sql stable
begin atomic
  select note from orders where id = wanted;
end;

-- What PostgreSQL looks at only when it plans or runs: keys, writable arguments, rows of records, domains.
create table account (id integer primary key, name text, team integer, slot integer, gone boolean not null default false);
create unique index on account (slot, team);
create unique index on account (name) where not gone;
create unique index on account (lower(name));
create table archived (id integer primary key, name text, team integer, slot integer, gone boolean not null default false);
create view current_account as select id, name, team, slot, gone from account;
create table by_team (team integer, n integer, unique (team, n)) partition by list (team);
create table by_team_1 partition of by_team for values in (1);
create domain positive as integer check (value > 0);
create domain code as text check (value ~ '^[a-z]+$' and length(value) < 4);
create function is_odd(n integer) returns boolean language sql immutable as $$ select n % 2 = 1 $$;
create domain odd as integer check (is_odd(value));
create domain small_odd as odd check (value < 10);
create procedure bump(inout n integer, by integer default 1) language plpgsql as $$ begin n := n + by; end $$;
create procedure tell(n integer) language plpgsql as $$ begin null; end $$;
create procedure tell(n text, out said text) language plpgsql as $$ begin said := n; end $$;
create function f(a integer) returns integer language plpgsql as $$
declare
  p positive := 1;
  c code := 'abc';
  o small_odd := 3;
  one record;
  two record;
  three account%rowtype;
  m integer := a;
  said text;
begin
  insert into account values (1, 'a', 1, 1), (1, 'a', 1, 1) on conflict (id) do nothing;
  insert into account values (1, 'a', 1, 1) on conflict (team, slot) do update set name = excluded.name;
  insert into account values (1, 'a', 1, 1) on conflict (name) where not gone do nothing;
  insert into account values (1, 'a', 1, 1) on conflict (lower(name)) do nothing;
  insert into account values (1, 'a', 1, 1) on conflict on constraint account_pkey do nothing;
  insert into account values (1, 'a', 1, 1) on conflict do nothing;
  insert into current_account values (1, 'a', 1, 1) on conflict (id) do nothing;
  insert into by_team values (1, 1) on conflict (n, team) do nothing;
  with new as (insert into account values (2, 'b', 2, 2) on conflict (id) do nothing returning id) select count(*) into m from new;
  p := 7;
  c := 'xyz';
  o := 5;
  call bump(m);
  call bump(m, 1 + 1);
  call bump(by => 2, n => m);
  call tell(1 + 1);
  call tell('a', said);
  one := (select account from account limit 1);
  insert into archived values (one.*) on conflict (id) do nothing;
  select * into three from account limit 1;
  insert into archived values (three.*) on conflict (id) do nothing;
  for two in select * from account loop
    insert into archived values (two.id + 100, two.name);
    perform other.* from account other;
  end loop;
  return m;
end
$$;
create function log() returns trigger language plpgsql as $$
begin
  insert into archived values (new.*) on conflict (id) do nothing;
  return new;
end
$$;
create trigger log after insert on account for each row execute function log();
create function widen() returns integer language plpgsql as $$
declare
  p positive := 1;
begin
  create unique index on by_team_1 (n);
  insert into by_team_1 values (1, 1) on conflict (n) do nothing;
  alter domain positive drop constraint positive_check;
  p := -1;
  return p;
end
$$;
-- run
select f(1), widen();

create table account (id integer generated always as identity primary key, name text);
create table history (account_id integer, what text);
create function add(called text) returns integer language sql as $$
  with made as (insert into account (name) values (called) returning id),
    noted as (insert into history select id, 'made' from made)
  select id from made;
$$;
create function upsert(who integer, called text) returns void language sql as $$
  insert into account (id, name) overriding system value values (who, called)
  on conflict (id) do update set name = excluded.name || upsert.called where account.id = upsert.who;
$$;
-- run
select add('a'), upsert(1, 'b');

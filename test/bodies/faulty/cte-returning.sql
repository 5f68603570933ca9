create table account (id integer generated always as identity, name text);
create table history (account_id integer, at timestamptz);
create function f() returns void language plpgsql as $$
begin
  with made as (
    insert into account (name) values ('a') returning id
  )
  insert into history (account_id, at)
  select made.account_id, now() -- fault[made.account_id]: column made.account_id does not exist
  from made;
end
$$;
-- run
select f();

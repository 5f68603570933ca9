create table account (id integer generated always as identity primary key, name text, closed boolean default false);
create table history (account_id integer, what text);
create function f(called text) returns integer language plpgsql as $$
declare
  made integer;
  n bigint;
begin
  with made as (
    insert into account (name) values (called) returning *
  ), noted as (
    insert into history select m.id, 'made ' || m.name from made m returning account_id
  )
  select account_id into made from noted;
  with gone as (
    delete from account where closed returning id
  )
  insert into history select id, 'gone' from gone;
  get diagnostics n = row_count;
  perform 1 from account where id = made for update;
  if found then
    update account set closed = true where id = made returning id into strict made;
  end if;
  return made + n;
end
$$;
-- run
select f('a');

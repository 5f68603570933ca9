create table account (id integer primary key, name text);
create table archived (id integer primary key, name text, closed date);
create function f(who integer) returns text language plpgsql as $$
declare
  one record;
begin
  select id, name, null::date as closed into one from account where id = who;
  if not found then
    select * into one from archived where id = who;
  end if;
  return one.name || coalesce(one.closed::text, '');
end
$$;
-- run
select f(1);

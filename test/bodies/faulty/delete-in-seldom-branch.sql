create table account (id integer primary key, name text, closed boolean);
create function f(who integer, mode text) returns void language plpgsql as $$
begin
  if mode = 'read' then
    perform id from account where id = who;
  elsif mode = 'close' then
    update account set closed = true where id = who;
  elsif mode = 'purge' then
    delete from account where id = who and is_closed; -- fault[is_closed]: column "is_closed" does not exist
  else
    raise exception 'unknown mode %', mode;
  end if;
end
$$;
-- run
select f(1, 'read');
select f(1, 'close');
select f(1, 'purge');

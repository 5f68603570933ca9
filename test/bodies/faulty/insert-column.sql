create table account (id integer primary key, name text);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account (
    id,
    nickname) -- fault[nickname]: column "nickname" of relation "account" does not exist
  values (who, called);
end
$$;
-- run
select f(1, 'a');

create table account (id integer generated always as identity, name text);
create function f(called text) returns integer language plpgsql as $$
declare
  made integer;
begin
  insert into account (name) values (called)
  returning account_id -- fault[account_id]: column "account_id" does not exist
  into made;
  return made;
end
$$;
-- run
select f('a');

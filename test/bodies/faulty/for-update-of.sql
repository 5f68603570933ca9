create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  one record;
begin
  select * into one from account a where a.id = who
  for update of account; -- fault[account]: relation "account" in FOR UPDATE clause not found in FROM clause
  return one.name;
end
$$;
-- run
select f(1);

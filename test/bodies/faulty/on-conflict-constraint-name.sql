create table account (id integer primary key, name text);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account values (who, called) -- or here
  on conflict on constraint account_key -- fault: constraint "account_key" for table "account" does not exist
  do nothing; -- or here
end
$$;
-- run
select f(1, 'a');

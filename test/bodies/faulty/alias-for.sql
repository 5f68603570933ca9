create table account (id integer primary key, name text);
create function f(integer, text) returns text language plpgsql as $$
declare
  who alias for $1;
  called alias for $2;
begin
  return (select name from account where id = who and name = caled); -- fault[caled]: column "caled" does not exist
end
$$;
-- run
select f(1, 'a');

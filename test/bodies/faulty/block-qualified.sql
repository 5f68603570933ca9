create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
<<main>>
declare
  name text := 'x';
begin
  return (select a.name from account a where a.id = f.who and a.name <> main.nam); -- fault[main.nam]: missing FROM-clause entry for table "main"
end
$$;
-- run
select f(1);

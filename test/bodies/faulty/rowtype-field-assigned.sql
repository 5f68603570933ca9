create table account (id integer primary key, name text);
create function f(who integer) returns account language plpgsql as $$
declare
  one account;
begin
  one.id := who;
  one.title := 'x'; -- fault: record "one" has no field "title"
  return one;
end
$$;
-- run
select f(1);

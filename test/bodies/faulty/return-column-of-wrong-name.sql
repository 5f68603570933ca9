create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
begin
  return (select a.title from account a where a.id = who); -- fault[a.title]: column a.title does not exist
end
$$;
-- run
select f(1);

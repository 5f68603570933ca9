create table account (id integer primary key, name text);
create function f(who integer) returns void language plpgsql as $$
begin
  select name from account where id = who; -- fault: query has no destination for result data
end
$$;
-- run
select f(1);

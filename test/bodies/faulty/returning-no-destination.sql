create table account (id integer primary key, name text);
create function f(who integer) returns void language plpgsql as $$
begin
  delete from account where id = who returning name; -- fault: query has no destination for result data
end
$$;
-- run
select f(1);

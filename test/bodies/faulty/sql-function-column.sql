create table account (id integer primary key, name text);
create function f(who integer) returns text language sql as $$
  select nam -- fault[nam]: column "nam" does not exist
  from account
  where id = who
$$;
-- run
select f(1);

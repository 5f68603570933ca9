-- crlf
create table account (id integer primary key, name text);
create function f(who integer) returns text language sql as $$
  select upper(name)

  from account

  where ident = who -- fault[ident]: column "ident" does not exist
$$;
-- run
select f(1);

create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as E'begin\n  return (\n    select nick -- fault[nick]: column "nick" does not exist\n    from account\n    where id = who);\nend';
-- run
select f(1);

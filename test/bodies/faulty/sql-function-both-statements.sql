create table account (id integer primary key, name text);
create function f() returns integer language sql as $$
  select id
  from account a
  where a.nam = 'x' -- fault[a.nam]: column a.nam does not exist
$$;
create function g() returns integer language sql as $$
  update account set name = 'x';
  select ident from account -- fault[ident]: column "ident" does not exist
$$;
-- run
select f();
select g();

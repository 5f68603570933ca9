create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  create temp table scratch (id integer, title text) on commit drop;
  insert into scratch select id, name from account;
  update account set title = 'x'; -- fault[title]: column "title" of relation "account" does not exist
  select count(*) into n from scrtch; -- fault[scrtch]: relation "scrtch" does not exist
  return n + nothing; -- fault[nothing]: column "nothing" does not exist
end
$$;
create function g() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  create temp table scratch (id integer, title text) on commit drop;
  select count(*) into n from scrtch; -- fault[scrtch]: relation "scrtch" does not exist
  return n;
end
$$;
create function h() returns bigint language plpgsql as $$
begin
  return 1 + nothing; -- fault[nothing]: column "nothing" does not exist
end
$$;
-- run
select f();
select g();
select h();

create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  create temp table scratch on commit drop as
  select id, nmae -- fault[nmae]: column "nmae" does not exist
  from account;
end
$$;
-- run
select f();

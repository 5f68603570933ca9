create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
begin
  create table copy_of as table account;
  create unique index copy_key on copy_of (id);
  create view shown as select name from copy_of;
  perform name from shown;
  drop view shown;
  drop table copy_of;
  return 0;
end
$$;
-- run
select f();

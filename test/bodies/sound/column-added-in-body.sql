create table account (id integer primary key);
create function f() returns text language plpgsql as $$
declare
  said text;
begin
  alter table account add column if not exists note text;
  update account set note = 'x' where note is null;
  select note into said from account limit 1;
  return said;
end
$$;
insert into account values (1);
-- run
select f();

create table account (id integer primary key, name text not null default 'x');
create function f() returns void language plpgsql as $$
begin
  create temp table incoming (like account including defaults) on commit drop;
  insert into incoming (id) values (1);
  insert into account select * from incoming i where not exists (select from account a where a.id = i.id);
end
$$;
-- run
select f();

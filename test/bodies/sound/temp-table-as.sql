create table account (id integer primary key, name text);
create function f() returns setof text language plpgsql as $$
declare
  one record;
begin
  drop table if exists scratch;
  create temp table scratch on commit drop as
  select id, upper(name) as called, row_number() over (order by id) as place from account;
  alter table scratch add column seen boolean default false;
  create index on scratch (called);
  analyze scratch;
  for one in select * from scratch order by place loop
    update scratch set seen = true where id = one.id;
    return next one.called || one.place;
  end loop;
  return query select called from scratch where seen;
end
$$;
insert into account values (1, 'a');
-- run
select f();

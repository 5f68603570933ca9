create table account (id integer primary key, name text);
create table archived (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  one record;
  two account;
  n integer := 0;
begin
  for one in select * from account loop
    insert into archived values (one.id, one.name);
    insert into archived select one.id + 100, one.name;
    n := n + 1;
  end loop;
  for one in execute 'select * from account' loop
    insert into archived select one.id + 200, one.name;
    perform row_to_json(one), to_jsonb(one), one is null;
  end loop;
  select * into two from account limit 1;
  insert into archived values (two.*) on conflict do nothing;
  insert into archived select two.id + 300, two.name where two is not null;
  update archived set name = two.name where archived.* is not distinct from two::text::archived;
  return n;
end
$$;
insert into account values (1, 'a');
-- run
select f();

create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  insert into account values (1, 'a')
  on conflict do update -- fault[on conflict]: ON CONFLICT DO UPDATE requires inference specification or constraint name
  set name = excluded.name;
end
$$;
-- run
select f();

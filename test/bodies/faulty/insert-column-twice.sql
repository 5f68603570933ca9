create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  insert into account (id, name,
    id) -- fault[id]: column "id" specified more than once
  values (1, 'a', 2);
end
$$;
-- run
select f();
